#include "http_client/http_call.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

#include "domain/text.h"
#include "http_client/curl_easy.h"
#include "http_client/curl_multi.h"
#include "http_client/url.h"

namespace pm {
namespace {

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

std::string in_words(std::size_t bytes) {
  constexpr std::size_t mebibyte = std::size_t{1024} * 1024;
  if (bytes % mebibyte == 0) return std::to_string(bytes / mebibyte) + " MiB";
  return std::to_string(bytes) + " bytes";
}

std::map<std::string, std::string> received_headers(CurlEasy& easy) {
  std::map<std::string, std::string> headers;
  curl_header* each = nullptr;
  while ((each = curl_easy_nextheader(easy.get(), CURLH_HEADER, -1, each)) != nullptr) {
    headers[ascii_lower(each->name)] = each->value;
  }
  return headers;
}

HttpAnswer unreachable(const std::string& why) {
  HttpAnswer answer;
  answer.message = why;
  return answer;
}

/// One call in the form that libcurl takes it, and what comes of it. It stays where it is: libcurl
/// keeps pointers into it.
class Exchange {
 public:
  explicit Exchange(const HttpCall& call);
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  ~Exchange() = default;

  CurlEasy& easy() { return easy_; }
  /// What has come, once libcurl has said how the transfer ended.
  HttpAnswer finish(CURLcode code);

 private:
  static std::size_t keep(char* data, std::size_t size, std::size_t count, void* target) noexcept;
  HttpAnswer failure(CURLcode code) const;

  const HttpCall& call_;
  CurlHeaders headers_;
  std::array<char, CURL_ERROR_SIZE> detail_{};
  std::string body_;
  bool too_long_{false};
  CurlEasy easy_;  ///< last: it goes before what it points to
};

Exchange::Exchange(const HttpCall& call) : call_(call) {
  headers_.add("Accept: application/json");
  set_common(easy_, call.url, call.timeout);
  easy_.set(CURLOPT_ERRORBUFFER, static_cast<void*>(detail_.data()));
  easy_.set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  easy_.set(CURLOPT_FRESH_CONNECT, 1L);
  easy_.set(CURLOPT_FORBID_REUSE, 1L);
  easy_.set_sink(keep, this);
  if (call.stopped) easy_.set_stop(*call.stopped);
  if (call.connect_timeout.count() > 0) {
    easy_.set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(call.connect_timeout.count()));
  }
  if (call.json) {
    headers_.add("Content-Type: application/json");
    easy_.set(CURLOPT_POSTFIELDSIZE, static_cast<long>(call.json->size()));
    easy_.set(CURLOPT_COPYPOSTFIELDS, call.json->c_str());
  }
  if (!call.method.empty()) easy_.set(CURLOPT_CUSTOMREQUEST, call.method.c_str());
  for (const auto& line : call.headers) headers_.add(line);
  easy_.set(CURLOPT_HTTPHEADER, headers_.get());
}

// noexcept: libcurl is C, nothing may be thrown through it.
std::size_t Exchange::keep(char* data, std::size_t size, std::size_t count, void* target) noexcept {
  auto& self = *static_cast<Exchange*>(target);
  const std::size_t bytes = size * count;
  if (self.body_.size() + bytes > self.call_.longest_answer) {
    self.too_long_ = true;
    return CURL_WRITEFUNC_ERROR;
  }
  self.body_.append(data, bytes);
  return bytes;
}

HttpAnswer Exchange::finish(CURLcode code) {
  if (code != CURLE_OK && !too_long_) return failure(code);
  HttpAnswer answer;
  answer.reach = Reach::answered;
  answer.status = static_cast<int>(easy_.info(CURLINFO_RESPONSE_CODE));
  answer.body = std::move(body_);
  answer.complete = !too_long_;
  const auto wait = easy_.large_info(CURLINFO_RETRY_AFTER);
  if (wait > 0) answer.retry_after = std::chrono::seconds(wait);
  if (too_long_) answer.message = "the answer is longer than " + in_words(call_.longest_answer);
  answer.headers = received_headers(easy_);
  return answer;
}

HttpAnswer Exchange::failure(CURLcode code) const {
  HttpAnswer answer;
  if (code == CURLE_OPERATION_TIMEDOUT) {
    answer.reach = Reach::timed_out;
    answer.message = "no answer within " + in_words(call_.timeout);
  } else if (code == CURLE_COULDNT_CONNECT && easy_.info(CURLINFO_OS_ERRNO) == ECONNREFUSED) {
    answer.reach = Reach::not_listening;
    answer.message = "nobody listens on " + place_of(call_.url);
  } else {
    const std::string reason = detail_.front() != '\0' ? detail_.data() : curl_easy_strerror(code);
    answer.message = place_of(call_.url) + " could not be reached: " + reason;
  }
  return answer;
}

const char* const no_address = "its host and path do not make an address";

/// The calls of one perform_all().
class Batch {
 public:
  Batch(const std::vector<HttpCall>& calls, std::size_t at_once,
        const std::function<void(std::size_t, HttpAnswer)>& take)
      : calls_(calls), at_once_(std::max<std::size_t>(at_once, 1)), take_(take) {}

  void run() {
    // Short enough for libcurl to ask the stop flags well within a second.
    constexpr std::chrono::milliseconds longest_wait{200};
    for (begin_more(); !under_way_.empty(); begin_more()) {
      multi_.perform();
      const bool some_ended = take_ended();
      if (!some_ended) multi_.wait(longest_wait);
    }
  }

 private:
  struct UnderWay {
    UnderWay(const HttpCall& call, std::size_t its_place, CurlMulti& multi)
        : place(its_place), exchange(call), transfer(multi, exchange.easy()) {}
    std::size_t place;
    Exchange exchange;
    CurlMulti::Transfer transfer;
  };

  /// libcurl counts a time-out from when a handle is added: a call is added when its turn comes.
  void begin_more() {
    for (; under_way_.size() < at_once_ && next_ < calls_.size(); ++next_) {
      const auto& call = calls_[next_];
      if (call.url.empty()) {
        take_(next_, unreachable(no_address));
      } else if (call.stopped && *call.stopped) {
        take_(next_, unreachable("the Port Manager is stopping"));
      } else {
        under_way_.push_back(std::make_unique<UnderWay>(call, next_, multi_));
      }
    }
  }

  bool take_ended() {
    bool some = false;
    while (const auto ended = multi_.next_ended()) {
      const auto it = std::find_if(under_way_.begin(), under_way_.end(), [&](const auto& each) {
        return each->exchange.easy().is(ended->easy);
      });
      if (it == under_way_.end()) continue;
      const auto over = std::move(*it);
      under_way_.erase(it);
      take_(over->place, over->exchange.finish(ended->code));
      some = true;
    }
    return some;
  }

  const std::vector<HttpCall>& calls_;
  const std::size_t at_once_;
  const std::function<void(std::size_t, HttpAnswer)>& take_;
  std::size_t next_{0};
  CurlMulti multi_;
  std::vector<std::unique_ptr<UnderWay>> under_way_;  ///< after multi_: each leaves it first
};

}  // namespace

HttpAnswer perform(const HttpCall& call) {
  if (call.url.empty()) return unreachable(no_address);
  Exchange exchange(call);
  const auto code = exchange.easy().perform();
  return exchange.finish(code);
}

std::optional<HttpAnswer> perform_watched(const HttpCall& call, const CallWatch& watch) {
  if (call.url.empty()) return unreachable(no_address);
  Exchange exchange(call);
  CurlMulti multi;
  const CurlMulti::Transfer transfer(multi, exchange.easy());
  while (true) {
    multi.perform();
    if (const auto ended = multi.next_ended()) return exchange.finish(ended->code);
    if (multi.wait(watch.tick, watch.stop_fd)) return std::nullopt;
    if (watch.on_tick) watch.on_tick();
  }
}

void perform_all(const std::vector<HttpCall>& calls, std::size_t at_once,
                 const std::function<void(std::size_t place, HttpAnswer answer)>& take) {
  Batch(calls, at_once, take).run();
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
