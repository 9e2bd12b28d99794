#include "http/http_message.h"

#include <pistache/http_defs.h>

#include <charconv>

namespace pm {
namespace {

void append_header(std::string& text, std::string_view name, std::string_view value) {
  text += name;
  text += ": ";
  text += value.substr(0, value.find_first_of("\r\n"));
  text += "\r\n";
}

std::optional<char> hex_byte(std::string_view digits) {
  unsigned value = 0;
  const auto* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, value, 16);
  if (digits.size() != 2 || error != std::errc{} || stop != end || value == 0) return std::nullopt;
  return static_cast<char>(value);
}

}  // namespace

HttpResponse HttpResponse::of(std::string text, std::string content_type) {
  HttpResponse response;
  response.content_type = std::move(content_type);
  response.body = std::make_shared<const std::string>(std::move(text));
  return response;
}

const char* reason_phrase(int status) {
  switch (status) {
    case 421:
      return "Misdirected Request";
    case 431:
      return "Request Header Fields Too Large";
    default:
      return Pistache::Http::codeString(static_cast<Pistache::Http::Code>(status));
  }
}

std::string serialize_head(const HttpResponse& response, const WireForm& form) {
  std::string text;
  text.reserve(512);
  text += form.http10 ? "HTTP/1.0 " : "HTTP/1.1 ";
  text += std::to_string(response.status);
  text += ' ';
  text += reason_phrase(response.status);
  text += "\r\n";
  append_header(text, "Date", form.date);
  const bool has_body = response.status >= 200 && response.status != 304 && response.status != 204;
  if (has_body) {
    append_header(text, "Content-Type", response.content_type);
    append_header(text, "Content-Length",
                  std::to_string(response.body ? response.body->size() : 0));
  }
  if (!form.request_id.empty()) append_header(text, "X-Request-Id", form.request_id);
  for (const auto& [name, value] : response.headers) append_header(text, name, value);
  if (!form.keep_alive) {
    append_header(text, "Connection", "close");
  } else if (form.http10) {
    append_header(text, "Connection", "keep-alive");
  }
  text += "\r\n";
  return text;
}

std::optional<std::string> percent_decode(std::string_view text, bool is_query) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      const auto byte = hex_byte(text.substr(i + 1, 2));
      if (!byte) return std::nullopt;
      decoded += *byte;
      i += 2;
    } else {
      decoded += is_query && text[i] == '+' ? ' ' : text[i];
    }
  }
  return decoded;
}

std::optional<std::vector<std::string>> split_path(std::string_view path) {
  std::vector<std::string> segments;
  if (!path.empty() && path.front() == '/') path.remove_prefix(1);
  if (!path.empty() && path.back() == '/') path.remove_suffix(1);
  while (!path.empty()) {
    const auto slash = path.find('/');
    auto segment = percent_decode(path.substr(0, slash), false);
    if (!segment) return std::nullopt;
    segments.push_back(std::move(*segment));
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
    if (path.empty()) segments.emplace_back();
  }
  return segments;
}

}  // namespace pm
