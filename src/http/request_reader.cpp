#include "http/request_reader.h"

#include <algorithm>
#include <atomic>
#include <random>

#include "domain/text.h"

namespace pm {
namespace {

constexpr std::size_t max_request_id = 128;

bool is_printable(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 127; });
}

bool wants_keep_alive(const HttpRequest& request) {
  const auto connection = ascii_lower(request.header("connection"));
  if (connection.find("close") != std::string::npos) return false;
  return !request.http10 || connection.find("keep-alive") != std::string::npos;
}

/// False when an encoding is broken; then nothing of the query can be trusted.
bool read_query(std::string_view target, std::size_t start,
                std::map<std::string, std::string>& query) {
  auto rest = target.substr(start);
  while (!rest.empty()) {
    const auto pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
    const auto equals = std::min(pair.find('='), pair.size());
    auto name = percent_decode(pair.substr(0, equals), true);
    auto value = percent_decode(pair.substr(std::min(equals + 1, pair.size())), true);
    if (!name || !value) return false;
    if (!pair.empty()) query.emplace(std::move(*name), std::move(*value));
  }
  return true;
}

}  // namespace

std::string path_of(const std::string& target) {
  auto path = target.substr(0, target.find('?'));
  if (path.empty() || path.front() == '/') return path;
  const auto scheme = path.find("://");
  if (scheme == std::string::npos) return path;
  const auto start = path.find('/', scheme + 3);
  return start == std::string::npos ? "/" : path.substr(start);
}

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

HttpRequest read_request(const Pistache::Http::Request& request, const RequestHead& head,
                         const std::string& remote) {
  HttpRequest read;
  read.method = head.method;
  read.head = read.method == "HEAD";
  if (read.head) read.method = "GET";
  read.http10 = head.http10;
  const auto query = head.target.find('?');
  read.path = path_of(head.target);
  if (query != std::string::npos)
    read.query_is_valid = read_query(head.target, query + 1, read.query);
  read.headers = head.headers;
  read.body = request.body();
  read.remote = remote;
  read.keep_alive = wants_keep_alive(read);
  if (auto segments = split_path(read.path)) read.segments = std::move(*segments);
  const auto given = read.header("x-request-id");
  const bool usable = !given.empty() && given.size() <= max_request_id && is_printable(given);
  read.request_id = usable ? given : new_request_id();
  return read;
}

Expected<void> check_request(const HttpRequest& request) {
  if (!request.http10 && !request.headers.contains("host")) {
    return fail(ErrorCode::bad_request, "An HTTP/1.1 request needs a Host header.");
  }
  if (!request.query_is_valid || !split_path(request.path)) {
    return fail(ErrorCode::bad_request, "The path or query has a broken percent-encoding.");
  }
  return {};
}

}  // namespace pm
