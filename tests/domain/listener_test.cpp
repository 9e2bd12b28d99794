#include "app/port_probe.h"

#include <gtest/gtest.h>

namespace pm {
namespace {

TEST(PortProbe, DescribesAsMuchOfAListenerAsIsKnown) {
  const auto port = Port::clamped(8000);
  EXPECT_EQ(describe(Listener{4711, "nginx", "0.0.0.0", Protocol::tcp, port}),
            "nginx (pid 4711) on 0.0.0.0");
  EXPECT_EQ(describe(Listener{4711, "", "::", Protocol::tcp, port}), "process 4711 on ::");
  EXPECT_EQ(describe(Listener{0, "", "127.0.0.1", Protocol::tcp, port}),
            "a process that this user may not see on 127.0.0.1");
}

}  // namespace
}  // namespace pm
