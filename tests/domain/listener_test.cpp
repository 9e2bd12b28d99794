#include "domain/listener.h"

#include <gtest/gtest.h>

namespace pm {
namespace {

Listener at(const char* address, int pid = 0, const char* process = "") {
  Listener listener;
  listener.address = address;
  listener.pid = pid;
  listener.process = process;
  return listener;
}

TEST(Listener, IsDescribedByAsMuchAsIsKnown) {
  EXPECT_EQ(describe(at("0.0.0.0", 4711, "nginx")), "nginx (pid 4711) on 0.0.0.0");
  EXPECT_EQ(describe(at("::", 4711)), "process 4711 on ::");
  EXPECT_EQ(describe(at("127.0.0.1")), "a process that this user may not see on 127.0.0.1");
}

TEST(Listener, OnAWildcardItTakesWhatComesToAnyAddress) {
  EXPECT_TRUE(is_wildcard(at("0.0.0.0")));
  EXPECT_TRUE(is_wildcard(at("::")));
  EXPECT_FALSE(is_wildcard(at("127.0.0.1")));
  EXPECT_FALSE(is_wildcard(at("::1")));
  EXPECT_FALSE(is_wildcard(at("10.0.0.0")));
  EXPECT_FALSE(is_wildcard(at("")));
}

}  // namespace
}  // namespace pm
