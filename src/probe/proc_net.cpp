#include "probe/proc_net.h"

#include <sys/socket.h>

#include <cerrno>
#include <charconv>
#include <fstream>
#include <sstream>
#include <string_view>

#include "probe/errno_text.h"

namespace pm {
namespace {

template <typename T>
bool read_number(std::string_view text, int base, T& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  return error == std::errc{} && end == text.data() + text.size();
}

/// "0100007F:1F90": each word of the address is printed as a number in the host's byte order.
bool read_address(std::string_view text, int family, AddressWords& words, std::uint16_t& port) {
  const std::size_t count = family == AF_INET ? 1 : 4;
  const std::size_t digits = 8;
  if (text.size() < count * digits + 2 || text[count * digits] != ':') return false;
  for (std::size_t i = 0; i < count; ++i) {
    if (!read_number(text.substr(i * digits, digits), 16, words[i])) return false;
  }
  return read_number(text.substr(count * digits + 1), 16, port);
}

bool read_line(const std::string& line, const SocketQuery& query, RawConnection& row) {
  std::istringstream fields(line);
  std::string slot, local, remote, state, queues, timer, retransmits, timeout;
  fields >> slot >> local >> remote >> state >> queues >> timer >> retransmits >> row.near.uid >>
      timeout >> row.near.inode;
  row.near.family = static_cast<std::uint8_t>(query.family);
  row.near.protocol = query.protocol;
  return fields && read_address(local, query.family, row.near.address, row.near.port) &&
         read_address(remote, query.family, row.far_address, row.far_port) &&
         read_number(state, 16, row.state);
}

}  // namespace

Expected<std::vector<RawConnection>> read_proc_net(const SocketQuery& query,
                                                   const std::filesystem::path& folder) {
  const auto path =
      folder / (to_string(query.protocol) + std::string(query.family == AF_INET6 ? "6" : ""));
  errno = 0;
  std::ifstream file(path);
  if (!file) {
    if (errno == ENOENT && query.family == AF_INET6) return {};
    return fail(ErrorCode::internal, path.string() + ": " + errno_text(errno));
  }
  std::vector<RawConnection> rows;
  std::string line;
  std::getline(file, line);  // the names of the columns
  while (std::getline(file, line)) {
    RawConnection row;
    if (!read_line(line, query, row)) {
      return fail(ErrorCode::internal, path.string() + ": cannot read \"" + line + "\"");
    }
    if (query.wants_port(row.near.port) && query.wants_state(row.state)) rows.push_back(row);
  }
  if (file.bad()) return fail(ErrorCode::internal, path.string() + ": " + errno_text(errno));
  return rows;
}

}  // namespace pm
