#include "http_client/curl_easy.h"

#include <poll.h>

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
  require_libcurl();
  return curl_easy_init();
}

}  // namespace

void require_libcurl() {
  static const GlobalPart global_part;
}

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
  set_progress(
      [](void* flag, curl_off_t, curl_off_t, curl_off_t, curl_off_t) noexcept -> int {
        return static_cast<const std::atomic<bool>*>(flag)->load() ? 1 : 0;
      },
      &stopped);
}

void CurlEasy::set_stop_fd(const int& fd) {
  set_progress(
      [](void* target, curl_off_t, curl_off_t, curl_off_t, curl_off_t) noexcept -> int {
        pollfd stop{*static_cast<const int*>(target), POLLIN, 0};
        return ::poll(&stop, 1, 0) > 0 ? 1 : 0;
      },
      &fd);
}

void CurlEasy::set_progress(Progress progress, const void* target) {
  require((curl_easy_setopt)(handle_.get(), CURLOPT_XFERINFOFUNCTION, progress));
  // libcurl hands the pointer back as it came; the callbacks only read through it.
  set(CURLOPT_XFERINFODATA, const_cast<void*>(target));
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

std::int64_t CurlEasy::large_info(CURLINFO which) const {
  curl_off_t value = 0;
  require((curl_easy_getinfo)(handle_.get(), which, &value));
  return value;
}

void CurlHeaders::add(const std::string& line) {
  curl_slist* grown = curl_slist_append(list_.get(), line.c_str());
  if (grown == nullptr) throw std::runtime_error("libcurl is out of memory");
  static_cast<void>(list_.release());
  list_.reset(grown);
}

}  // namespace pm
