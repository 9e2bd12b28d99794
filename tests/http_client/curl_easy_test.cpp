#include "http_client/curl_easy.h"

#include <gtest/gtest.h>

#include <string>

#include "support/canned_server.h"
#include "support/test_socket.h"

namespace pm {
namespace {

std::string url_of(int port) {
  return "http://127.0.0.1:" + std::to_string(port) + "/";
}

TEST(CurlEasy, TakesWhatCurlTakesAndTellsWhatCame) {
  test::CannedServer server("HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone");
  CurlEasy easy;
  std::string body;
  CurlHeaders headers;
  headers.add("X-First: 1");
  headers.add("X-Second: 2");
  easy.set(CURLOPT_URL, url_of(server.port()).c_str());
  easy.set(CURLOPT_HTTPHEADER, headers.get());
  easy.set_sink(
      [](char* data, std::size_t size, std::size_t count, void* target) {
        static_cast<std::string*>(target)->append(data, size * count);
        return size * count;
      },
      &body);
  EXPECT_EQ(easy.perform(), CURLE_OK);
  EXPECT_EQ(easy.info(CURLINFO_RESPONSE_CODE), 404);
  EXPECT_EQ(body, "none");
  const auto request = server.request();
  EXPECT_NE(request.find("X-First: 1\r\n"), std::string::npos) << request;
  EXPECT_NE(request.find("X-Second: 2\r\n"), std::string::npos) << request;
}

TEST(CurlEasy, EndsWhenItIsStopped) {
  const auto silent = test::listen_on("127.0.0.1");
  const std::atomic<bool> stopped{true};
  CurlEasy easy;
  easy.set(CURLOPT_URL, url_of(silent.port()).c_str());
  easy.set_stop(stopped);
  EXPECT_EQ(easy.perform(), CURLE_ABORTED_BY_CALLBACK);
}

}  // namespace
}  // namespace pm
