#pragma once

#include <curl/curl.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

namespace pm {

/// Initialises libcurl's global part, once; it is cleaned up at the program's end. Thread-safe.
/// Throws std::runtime_error when that fails.
void require_libcurl();

/// One libcurl easy handle, with libcurl's global part initialised before the first of them.
/// Not thread-safe: one thread at a time (libcurl-thread(3)). Throws std::runtime_error when
/// libcurl is out of memory or does not know an option it was built without.
class CurlEasy {
 public:
  CurlEasy();

  void set(CURLoption option, long value);
  void set(CURLoption option, const char* value);  ///< libcurl copies the text
  void set(CURLoption option, void* value);
  using Sink = std::size_t (*)(char* data, std::size_t size, std::size_t count, void* target);
  void set_sink(Sink sink, void* target);
  /// The call ends with CURLE_ABORTED_BY_CALLBACK, within about a second, once `stopped` is true.
  void set_stop(const std::atomic<bool>& stopped);
  /// The same, once the descriptor is readable. The pointee must outlive the call.
  void set_stop_fd(const int& fd);

  CURLcode perform();
  CURL* get() { return handle_.get(); }
  bool is(const CURL* handle) const { return handle_.get() == handle; }
  /// CURLINFO_RESPONSE_CODE, CURLINFO_OS_ERRNO
  long info(CURLINFO which) const;
  /// CURLINFO_RETRY_AFTER and others whose names end in _T
  std::int64_t large_info(CURLINFO which) const;

 private:
  struct Cleanup {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  };
  using Progress = int (*)(void*, curl_off_t, curl_off_t, curl_off_t, curl_off_t);
  void set_progress(Progress progress, const void* target);

  std::unique_ptr<CURL, Cleanup> handle_;
};

/// A list of header lines, to be kept alive as long as a handle uses it.
class CurlHeaders {
 public:
  void add(const std::string& line);
  void* get() const { return list_.get(); }

 private:
  struct Free {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };
  std::unique_ptr<curl_slist, Free> list_;
};

}  // namespace pm
