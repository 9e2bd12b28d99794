#include "http_client/curl_multi.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "support/canned_server.h"
#include "support/eventually.h"
#include "support/test_socket.h"

namespace pm {
namespace {

using test::CannedServer;
using namespace std::chrono_literals;

class CurlMultiTest : public testing::Test {
 protected:
  static void aim(CurlEasy& easy, int port) {
    easy.set(CURLOPT_URL, ("http://127.0.0.1:" + std::to_string(port) + "/").c_str());
    easy.set(CURLOPT_NOPROXY, "*");
  }
  std::optional<CurlMulti::Ended> next_ended() {
    std::optional<CurlMulti::Ended> ended;
    test::eventually([&] {
      multi_.perform();
      ended = multi_.next_ended();
      if (!ended) multi_.wait(100ms);
      return ended.has_value();
    });
    return ended;
  }

  CurlMulti multi_;
};

TEST_F(CurlMultiTest, TellsOnceWhoHasEndedAndHow) {
  CannedServer server("HTTP/1.1 204 No Content\r\n\r\n");
  const auto silent = test::listen_on("127.0.0.1");
  CurlEasy answered;
  CurlEasy waiting;
  CurlEasy refused;
  aim(answered, server.port());
  aim(waiting, silent.port());
  aim(refused, test::free_port());
  const CurlMulti::Transfer first(multi_, answered);
  const CurlMulti::Transfer second(multi_, waiting);
  const CurlMulti::Transfer third(multi_, refused);
  for (int i = 0; i < 2; ++i) {
    const auto ended = next_ended();
    ASSERT_TRUE(ended);
    if (answered.is(ended->easy)) {
      EXPECT_EQ(ended->code, CURLE_OK);
      EXPECT_EQ(answered.info(CURLINFO_RESPONSE_CODE), 204);
    } else {
      EXPECT_TRUE(refused.is(ended->easy));
      EXPECT_EQ(ended->code, CURLE_COULDNT_CONNECT);
    }
  }
  multi_.perform();
  EXPECT_FALSE(multi_.next_ended());
}

TEST_F(CurlMultiTest, ATransferThatIsGivenUpIsOver) {
  CurlEasy easy;
  {
    const auto silent = test::listen_on("127.0.0.1");
    aim(easy, silent.port());
    const CurlMulti::Transfer given_up(multi_, easy);
    multi_.perform();
  }
  CannedServer server("HTTP/1.1 204 No Content\r\n\r\n");
  aim(easy, server.port());
  const CurlMulti::Transfer again(multi_, easy);
  const auto ended = next_ended();
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->code, CURLE_OK);
}

}  // namespace
}  // namespace pm
