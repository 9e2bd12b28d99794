#include "suite/http_call.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include "suite/curl_easy.h"

namespace pm {
namespace {

struct Body {
  std::string text;
  bool too_long{false};
};

// noexcept: libcurl is C, nothing may be thrown through it.
std::size_t keep(char* data, std::size_t size, std::size_t count, void* target) noexcept {
  auto& body = *static_cast<Body*>(target);
  const std::size_t bytes = size * count;
  if (body.text.size() + bytes > answer_limit) {
    body.too_long = true;
    return CURL_WRITEFUNC_ERROR;
  }
  body.text.append(data, bytes);
  return bytes;
}

std::string in_words(std::chrono::milliseconds time) {
  if (time.count() % 1000 == 0) return std::to_string(time.count() / 1000) + " s";
  return std::to_string(time.count()) + " ms";
}

void set_common(CurlEasy& easy, const std::string& url, std::chrono::milliseconds timeout) {
  // libcurl takes 0 for "no limit".
  const long limit = static_cast<long>(std::max<std::int64_t>(timeout.count(), 1));
  easy.set(CURLOPT_URL, url.c_str());
  easy.set(CURLOPT_PROTOCOLS_STR, "http,https");
  easy.set(CURLOPT_NOPROXY, "*");
  easy.set(CURLOPT_NOSIGNAL, 1L);
  easy.set(CURLOPT_CONNECTTIMEOUT_MS, limit);
  easy.set(CURLOPT_TIMEOUT_MS, limit);
}

HttpAnswer failure(const CurlEasy& easy, CURLcode code, const HttpCall& call, const char* detail) {
  const std::string place = call.host + ":" + to_string(call.port);
  HttpAnswer answer;
  if (code == CURLE_OPERATION_TIMEDOUT) {
    answer.reach = Reach::timed_out;
    answer.message = "no answer within " + in_words(call.timeout);
  } else if (code == CURLE_COULDNT_CONNECT && easy.info(CURLINFO_OS_ERRNO) == ECONNREFUSED) {
    answer.reach = Reach::not_listening;
    answer.message = "nobody listens on " + place;
  } else {
    const std::string reason = *detail != '\0' ? detail : curl_easy_strerror(code);
    answer.message = place + " could not be reached: " + reason;
  }
  return answer;
}

}  // namespace

HttpAnswer perform(const HttpCall& call) {
  const std::string url = http_url(call.host, call.port.value(), call.path);
  if (url.empty()) {
    HttpAnswer answer;
    answer.message =
        "\"" + call.host + "\" and \"" + call.path + "\" do not make an address of a service";
    return answer;
  }
  std::array<char, CURL_ERROR_SIZE> detail{};
  Body body;
  CurlHeaders headers;
  headers.add("Accept: application/json");
  CurlEasy easy;
  set_common(easy, url, call.timeout);
  easy.set(CURLOPT_ERRORBUFFER, static_cast<void*>(detail.data()));
  easy.set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  easy.set(CURLOPT_FORBID_REUSE, 1L);
  easy.set_sink(keep, &body);
  if (call.stopped) easy.set_stop(*call.stopped);
  if (call.json) {
    headers.add("Content-Type: application/json");
    easy.set(CURLOPT_POSTFIELDSIZE, static_cast<long>(call.json->size()));
    easy.set(CURLOPT_COPYPOSTFIELDS, call.json->c_str());
  }
  easy.set(CURLOPT_HTTPHEADER, headers.get());

  const CURLcode code = easy.perform();
  if (code != CURLE_OK && !body.too_long) return failure(easy, code, call, detail.data());
  HttpAnswer answer;
  answer.reach = Reach::answered;
  answer.status = static_cast<int>(easy.info(CURLINFO_RESPONSE_CODE));
  answer.body = std::move(body.text);
  answer.complete = !body.too_long;
  if (body.too_long) answer.message = "the answer is longer than 1 MiB";
  return answer;
}

bool can_connect(const std::string& host, Port port, std::chrono::milliseconds timeout,
                 const std::atomic<bool>* stopped) {
  const std::string url = http_url(host, port.value(), "/");
  if (url.empty()) return false;
  CurlEasy easy;
  set_common(easy, url, timeout);
  if (stopped) easy.set_stop(*stopped);
  easy.set(CURLOPT_CONNECT_ONLY, 1L);
  return easy.perform() == CURLE_OK;
}

}  // namespace pm
