#include "http/request_reader.h"

#include <algorithm>
#include <atomic>
#include <random>

namespace pm {
namespace {

constexpr std::size_t max_request_id = 128;

std::string to_lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

bool is_printable(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 127; });
}

/// Unique within a run by its number, across runs by what it starts with.
std::string new_request_id() {
  static const std::string run = [] {
    static constexpr char digits[] = "0123456789abcdef";
    std::random_device device;
    std::string text;
    for (auto bits = device(); text.size() < 8; bits >>= 4U) text += digits[bits & 0xfU];
    return text;
  }();
  static std::atomic<std::uint64_t> count{0};
  return run + "-" + std::to_string(++count);
}

std::string path_of(const std::string& target) {
  if (target.empty() || target.front() == '/') return target;
  const auto scheme = target.find("://");
  if (scheme == std::string::npos) return target;
  const auto path = target.find('/', scheme + 3);
  return path == std::string::npos ? "/" : target.substr(path);
}

bool wants_keep_alive(const HttpRequest& request) {
  const auto connection = to_lower(request.header("connection"));
  if (connection.find("close") != std::string::npos) return false;
  return !request.http10 || connection.find("keep-alive") != std::string::npos;
}

}  // namespace

std::map<std::string, std::string> lower_case_headers(const Pistache::Http::Request& request) {
  std::map<std::string, std::string> headers;
  for (const auto& [name, raw] : request.headers().rawList()) {
    const auto value = raw.value();
    const auto last = value.find_last_not_of(" \t");
    headers[to_lower(name)] = last == std::string::npos ? "" : value.substr(0, last + 1);
  }
  return headers;
}

HttpRequest read_request(const Pistache::Http::Request& request, const std::string& remote) {
  HttpRequest read;
  read.method = Pistache::Http::methodString(request.method());
  read.head = read.method == "HEAD";
  if (read.head) read.method = "GET";
  read.http10 = request.version() == Pistache::Http::Version::Http10;
  read.path = path_of(request.resource());
  read.headers = lower_case_headers(request);
  read.body = request.body();
  read.remote = remote;
  read.keep_alive = wants_keep_alive(read);
  if (auto segments = split_path(read.path)) read.segments = std::move(*segments);
  for (auto it = request.query().parameters_begin(); it != request.query().parameters_end(); ++it) {
    auto name = percent_decode(it->first, true);
    auto value = percent_decode(it->second, true);
    if (name && value) read.query.emplace(std::move(*name), std::move(*value));
  }
  const auto given = read.header("x-request-id");
  const bool usable = !given.empty() && given.size() <= max_request_id && is_printable(given);
  read.request_id = usable ? given : new_request_id();
  return read;
}

Expected<void> check_request(const HttpRequest& request) {
  if (!request.http10 && !request.headers.contains("host")) {
    return fail(ErrorCode::bad_request, "An HTTP/1.1 request needs a Host header.");
  }
  if (!split_path(request.path)) {
    return fail(ErrorCode::bad_request, "The path has a broken percent-encoding.");
  }
  return {};
}

}  // namespace pm
