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
bool read_address(std::string_view text, int family, AddressWords& words, int& port) {
  const std::size_t count = family == AF_INET ? 1 : 4;
  const std::size_t digits = 8;
  if (text.size() < count * digits + 2 || text[count * digits] != ':') return false;
  for (std::size_t i = 0; i < count; ++i) {
    if (!read_number(text.substr(i * digits, digits), 16, words[i])) return false;
  }
  return read_number(text.substr(count * digits + 1), 16, port);
}

enum class Line { listener, other, malformed };

Line read_line(const std::string& line, const SocketQuery& query, SocketEntry& entry) {
  std::istringstream fields(line);
  std::string slot, local, remote, state, queues, timer, retransmits, uid, timeout;
  fields >> slot >> local >> remote >> state >> queues >> timer >> retransmits >> uid >> timeout >>
      entry.inode;
  AddressWords words{};
  int port = 0;
  int number = 0;
  if (!fields || !read_address(local, query.family, words, port) ||
      !read_number(state, 16, number)) {
    return Line::malformed;
  }
  if (number != listening_state(query.protocol) || !query.wants(port)) return Line::other;
  entry.listener.address = address_text(query.family, words);
  entry.listener.protocol = query.protocol;
  entry.listener.port = Port::clamped(port);
  return Line::listener;
}

}  // namespace

Expected<std::vector<SocketEntry>> dump_by_proc(const SocketQuery& query,
                                                const std::filesystem::path& folder) {
  const auto path =
      folder / (to_string(query.protocol) + std::string(query.family == AF_INET6 ? "6" : ""));
  errno = 0;
  std::ifstream file(path);
  if (!file) {
    if (errno == ENOENT && query.family == AF_INET6) return {};
    return fail(ErrorCode::internal, path.string() + ": " + errno_text(errno));
  }
  std::vector<SocketEntry> entries;
  std::string line;
  std::getline(file, line);  // the names of the columns
  while (std::getline(file, line)) {
    SocketEntry entry;
    const Line kind = read_line(line, query, entry);
    if (kind == Line::malformed) {
      return fail(ErrorCode::internal, path.string() + ": cannot read \"" + line + "\"");
    }
    if (kind == Line::listener) entries.push_back(std::move(entry));
  }
  if (file.bad()) return fail(ErrorCode::internal, path.string() + ": " + errno_text(errno));
  return entries;
}

}  // namespace pm
