#pragma once

#include <curl/curl.h>

#include <chrono>
#include <memory>
#include <optional>

#include "http_client/curl_easy.h"

namespace pm {

/// One libcurl multi handle: many transfers on one thread (libcurl-multi(3)). Not thread-safe.
/// Throws std::runtime_error when libcurl is out of memory or reports a fault of its own.
class CurlMulti {
 public:
  CurlMulti();

  /// A transfer that runs as long as this object lives. Both must outlive it. Do not destroy one
  /// inside a callback of libcurl.
  class Transfer {
   public:
    Transfer(CurlMulti& multi, CurlEasy& easy);
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;
    ~Transfer();

   private:
    CURLM* multi_;
    CURL* easy_;
  };

  struct Ended {
    const CURL* easy;
    CURLcode code;
  };

  /// Does what can be done without waiting.
  void perform();
  /// The next transfer that has ended; each is told once.
  std::optional<Ended> next_ended();
  /// Waits until there is something to do, the next time-out of a transfer is due, or `longest` is
  /// over.
  void wait(std::chrono::milliseconds longest) { wait(longest, -1); }
  /// The same, also until `fd` is readable; true when it is. -1: no such descriptor.
  bool wait(std::chrono::milliseconds longest, int fd);

 private:
  struct Cleanup {
    void operator()(CURLM* handle) const { curl_multi_cleanup(handle); }
  };
  std::unique_ptr<CURLM, Cleanup> handle_;
};

}  // namespace pm
