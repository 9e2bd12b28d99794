#include <gtest/gtest.h>

#include "http/api_world.h"

namespace pm::test {
namespace {

class SystemRoutes : public testing::Test, public ApiWorld {};

TEST_F(SystemRoutes, TheKernelIsAComponent) {
  EXPECT_EQ(get("/api/health/").body["components"]["kernel"], "active");
  probe.occupy(8020);
  EXPECT_EQ(get("/api/health/detailed").body["components"]["kernel"].dump(),
            R"({"source":"sock_diag","listeners":1,"without_owner":0,"advice":null})");
}

TEST_F(SystemRoutes, AKernelThatIsNotWhollySeenIsDegraded) {
  probe.set_sight({.source = "/proc/net", .advice = "Load tcp_diag."});
  const auto brief = get("/api/health/").body;
  EXPECT_EQ(brief["components"]["kernel"], "degraded");
  EXPECT_EQ(brief["status"], "healthy");
  const auto kernel = get("/api/health/detailed").body["components"]["kernel"];
  EXPECT_EQ(kernel["source"], "/proc/net");
  EXPECT_EQ(kernel["advice"], "Load tcp_diag.");
}

TEST_F(SystemRoutes, WhetherItIsAliveIsAnsweredWithoutAskingTheKernel) {
  EXPECT_EQ(lane("/health"), Lane::reactor);
  EXPECT_EQ(lane("/api/health/"), Lane::quick);
  EXPECT_EQ(lane("/api/health/detailed"), Lane::quick);
}

}  // namespace
}  // namespace pm::test
