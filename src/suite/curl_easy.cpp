#include "suite/curl_easy.h"

#include <stdexcept>

namespace pm {
namespace {

void require(CURLcode code) {
  if (code != CURLE_OK) throw std::runtime_error(curl_easy_strerror(code));
}

class GlobalPart {
 public:
  GlobalPart() { require(curl_global_init(CURL_GLOBAL_ALL)); }
  ~GlobalPart() { curl_global_cleanup(); }
  GlobalPart(const GlobalPart&) = delete;
  GlobalPart& operator=(const GlobalPart&) = delete;
};

CURL* new_handle() {
  static const GlobalPart global_part;
  return curl_easy_init();
}

struct CleanupUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

struct FreeText {
  void operator()(char* text) const { curl_free(text); }
};

bool is_ipv6_literal(const std::string& host) {
  return host.find(':') != std::string::npos && host.front() != '[';
}

}  // namespace

CurlEasy::CurlEasy() : handle_(new_handle()) {
  if (!handle_) throw std::runtime_error("libcurl gave no handle");
}

void CurlEasy::set(CURLoption option, long value) {
  require((curl_easy_setopt)(handle_.get(), option, value));
}

void CurlEasy::set(CURLoption option, const char* value) {
  require((curl_easy_setopt)(handle_.get(), option, value));
}

void CurlEasy::set(CURLoption option, void* value) {
  require((curl_easy_setopt)(handle_.get(), option, value));
}

void CurlEasy::set_sink(Sink sink, void* target) {
  require((curl_easy_setopt)(handle_.get(), CURLOPT_WRITEFUNCTION, sink));
  set(CURLOPT_WRITEDATA, target);
}

void CurlEasy::set_stop(const std::atomic<bool>& stopped) {
  using Progress = int (*)(void*, curl_off_t, curl_off_t, curl_off_t, curl_off_t);
  const Progress progress = [](void* flag, curl_off_t, curl_off_t, curl_off_t,
                               curl_off_t) noexcept -> int {
    return static_cast<const std::atomic<bool>*>(flag)->load() ? 1 : 0;
  };
  require((curl_easy_setopt)(handle_.get(), CURLOPT_XFERINFOFUNCTION, progress));
  // libcurl hands the pointer back as it came; the flag is only read through it.
  set(CURLOPT_XFERINFODATA, const_cast<std::atomic<bool>*>(&stopped));
  set(CURLOPT_NOPROGRESS, 0L);
}

CURLcode CurlEasy::perform() {
  return curl_easy_perform(handle_.get());
}

long CurlEasy::info(CURLINFO which) const {
  long value = 0;
  require((curl_easy_getinfo)(handle_.get(), which, &value));
  return value;
}

void CurlHeaders::add(const std::string& line) {
  curl_slist* grown = curl_slist_append(list_.get(), line.c_str());
  if (grown == nullptr) throw std::runtime_error("libcurl is out of memory");
  static_cast<void>(list_.release());
  list_.reset(grown);
}

std::string http_url(const std::string& host, int port, const std::string& path_and_query) {
  const std::unique_ptr<CURLU, CleanupUrl> url(curl_url());
  if (!url) throw std::runtime_error("libcurl is out of memory");
  const auto question = path_and_query.find('?');
  const auto path = path_and_query.substr(0, question);
  const auto part = [&](CURLUPart which, const std::string& text) {
    return curl_url_set(url.get(), which, text.c_str(), 0) == CURLUE_OK;
  };
  if (!part(CURLUPART_SCHEME, "http") ||
      !part(CURLUPART_HOST, is_ipv6_literal(host) ? "[" + host + "]" : host) ||
      !part(CURLUPART_PORT, std::to_string(port)) ||
      !part(CURLUPART_PATH, path.starts_with('/') ? path : "/" + path)) {
    return {};
  }
  if (question != std::string::npos &&
      !part(CURLUPART_QUERY, path_and_query.substr(question + 1))) {
    return {};
  }
  char* text = nullptr;
  if (curl_url_get(url.get(), CURLUPART_URL, &text, 0) != CURLUE_OK) return {};
  const std::unique_ptr<char, FreeText> owned(text);
  return owned.get();
}

}  // namespace pm
