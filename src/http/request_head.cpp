#include "http/request_head.h"

#include <algorithm>
#include <charconv>

#include "domain/text.h"

namespace pm {
namespace {

constexpr std::string_view line_end = "\r\n";

tl::unexpected<Error> malformed(const std::string& what) {
  return fail(ErrorCode::bad_request, what);
}

/// tchar of RFC 9110 section 5.6.2
bool is_token(std::string_view text) {
  static constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           marks.find(c) != std::string_view::npos;
  });
}

bool is_visible(char c) {
  return c > ' ' && c < 127;
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

Expected<void> read_version(std::string_view version, RequestHead& head) {
  if (version == "HTTP/1.1") return {};
  if (version == "HTTP/1.0") {
    head.http10 = true;
    return {};
  }
  const bool is_a_version = version.size() == 8 && version.substr(0, 5) == "HTTP/" &&
                            version[5] >= '0' && version[5] <= '9' && version[6] == '.' &&
                            version[7] >= '0' && version[7] <= '9';
  if (is_a_version) {
    return fail(ErrorCode::version_unsupported, "Only HTTP/1.1 and HTTP/1.0 are spoken here.");
  }
  return malformed("The first line is not \"METHOD target HTTP/1.1\"; this port speaks HTTP.");
}

Expected<void> read_request_line(std::string_view line, std::size_t max_target, RequestHead& head) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  const auto version = last == std::string_view::npos ? line : line.substr(last + 1);
  if (auto read = read_version(version, head); !read) return read;
  const auto method = line.substr(0, first);
  const auto target = first == last ? std::string_view() : line.substr(first + 1, last - first - 1);
  if (target.size() > max_target) {
    return fail(ErrorCode::uri_too_long,
                "The request target is longer than " + std::to_string(max_target) + " bytes.");
  }
  const bool has_form = target.substr(0, 1) == "/" || target == "*" ||
                        ascii_lower(target.substr(0, 7)) == "http://" ||
                        ascii_lower(target.substr(0, 8)) == "https://";
  if (!is_token(method) || !has_form || !std::all_of(target.begin(), target.end(), is_visible)) {
    return malformed(
        "The request line is malformed; it is METHOD, a target such as /health and "
        "HTTP/1.1, each behind one space.");
  }
  head.method = method;
  head.target = target;
  return {};
}

Expected<void> read_field(std::string_view line, RequestHead& head) {
  const auto colon = line.find(':');
  const auto name = line.substr(0, colon);
  if (colon == std::string_view::npos || !is_token(name)) {
    return malformed(
        "A header is malformed: each is a name, a colon at once behind it, and a "
        "value on the same line.");
  }
  const auto value = trim(line.substr(colon + 1));
  const bool has_control = std::any_of(value.begin(), value.end(), [](char c) {
    return (c >= 0 && c < ' ' && c != '\t') || c == 127;
  });
  if (has_control)
    return malformed("The header " + std::string(name) + " has a control character.");
  const auto key = ascii_lower(name);
  const auto [entry, fresh] = head.headers.try_emplace(key, value);
  if (fresh) return {};
  if (key == "host" || key == "content-length" || key == "transfer-encoding") {
    return malformed("The header " + std::string(name) + " is there twice.");
  }
  entry->second.append(key == "cookie" ? "; " : ", ").append(value);
  return {};
}

Expected<void> read_framing(RequestHead& head) {
  const auto length = head.headers.find("content-length");
  const auto coding = head.headers.find("transfer-encoding");
  if (length != head.headers.end()) {
    const auto& text = length->second;
    const auto* end = text.data() + text.size();
    const bool digits = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
    if (!digits) return malformed("Content-Length is not a number of bytes.");
    const auto [stop, error] = std::from_chars(text.data(), end, head.length);
    if (error == std::errc::result_out_of_range) head.length = UINT64_MAX;
    head.has_length = true;
  }
  if (coding == head.headers.end()) return {};
  if (head.has_length || head.http10) {
    return malformed("Transfer-Encoding does not go together with Content-Length or HTTP/1.0.");
  }
  if (ascii_lower(coding->second) != "chunked") {
    return fail(ErrorCode::not_implemented, "The only transfer coding that is read is chunked.");
  }
  head.chunked = true;
  return {};
}

}  // namespace

std::string RequestHead::for_parser() const {
  std::string text = method + " " + target + (http10 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n");
  if (has_length) text += "Content-Length: " + std::to_string(length) + "\r\n";
  if (chunked) text += "Transfer-Encoding: chunked\r\n";
  return text + "\r\n";
}

Expected<RequestHead> parse_head(std::string_view text, std::size_t max_target) {
  RequestHead head;
  auto end = text.find(line_end);
  if (auto read = read_request_line(text.substr(0, end), max_target, head); !read) {
    return tl::unexpected(read.error());
  }
  for (text.remove_prefix(end + line_end.size()); text != line_end;
       text.remove_prefix(end + line_end.size())) {
    end = text.find(line_end);
    if (auto read = read_field(text.substr(0, end), head); !read) {
      return tl::unexpected(read.error());
    }
  }
  if (auto read = read_framing(head); !read) return tl::unexpected(read.error());
  return head;
}

}  // namespace pm
