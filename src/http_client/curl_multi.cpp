#include "http_client/curl_multi.h"

#include <stdexcept>

namespace pm {
namespace {

void require(CURLMcode code) {
  if (code != CURLM_OK) throw std::runtime_error(curl_multi_strerror(code));
}

CURLM* new_handle() {
  require_libcurl();
  return curl_multi_init();
}

}  // namespace

CurlMulti::CurlMulti() : handle_(new_handle()) {
  if (!handle_) throw std::runtime_error("libcurl gave no multi handle");
}

CurlMulti::Transfer::Transfer(CurlMulti& multi, CurlEasy& easy)
    : multi_(multi.handle_.get()), easy_(easy.get()) {
  require(curl_multi_add_handle(multi_, easy_));
}

CurlMulti::Transfer::~Transfer() {
  curl_multi_remove_handle(multi_, easy_);
}

void CurlMulti::perform() {
  int running = 0;
  require(curl_multi_perform(handle_.get(), &running));
}

std::optional<CurlMulti::Ended> CurlMulti::next_ended() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(handle_.get(), &left)) {
    if (message->msg == CURLMSG_DONE) return Ended{message->easy_handle, message->data.result};
  }
  return std::nullopt;
}

bool CurlMulti::wait(std::chrono::milliseconds longest, int fd) {
  curl_waitfd also{fd, CURL_WAIT_POLLIN, 0};
  const unsigned int count = fd >= 0 ? 1 : 0;
  require(curl_multi_poll(handle_.get(), &also, count, static_cast<int>(longest.count()), nullptr));
  return (also.revents & CURL_WAIT_POLLIN) != 0;
}

}  // namespace pm
