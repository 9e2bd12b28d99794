#include "app/listener_table.h"

#include <gmock/gmock.h>

namespace pm::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

ListenerTable::Row row(int port, const std::string& address, Protocol protocol = Protocol::tcp) {
  Listener listener;
  listener.address = address;
  listener.protocol = protocol;
  listener.port = Port::clamped(port);
  return std::make_shared<const Listener>(listener);
}

TEST(ListenerTable, FindsTheListenersOfOnePortInTheirOrder) {
  const auto specific = row(8001, "127.0.0.1");
  const auto wildcard = row(8001, "0.0.0.0");
  const auto udp = row(8001, "0.0.0.0", Protocol::udp);
  const auto before = row(8000, "::");
  const auto after = row(8002, "::");
  const ListenerTable table({after, specific, udp, before, wildcard});
  const auto at = [&](Protocol protocol, int port) {
    const auto found = table.at(protocol, Port::clamped(port));
    return std::vector<ListenerTable::Row>(found.begin(), found.end());
  };
  EXPECT_THAT(at(Protocol::tcp, 8001), ElementsAre(specific, wildcard));
  EXPECT_THAT(at(Protocol::udp, 8001), ElementsAre(udp));
  EXPECT_THAT(at(Protocol::tcp, 8000), ElementsAre(before));
  EXPECT_THAT(at(Protocol::tcp, 8002), ElementsAre(after));
  EXPECT_THAT(at(Protocol::udp, 8000), IsEmpty());
  EXPECT_THAT(at(Protocol::tcp, 1024), IsEmpty());
  EXPECT_THAT(at(Protocol::tcp, 65535), IsEmpty());
}

TEST(ListenerTable, ListsAllByProtocolAndPort) {
  const auto high = row(65535, "::");
  const auto low = row(1024, "::");
  const auto udp = row(1024, "::", Protocol::udp);
  EXPECT_THAT(ListenerTable({udp, high, low}).all(), ElementsAre(low, high, udp));
  EXPECT_THAT(ListenerTable().all(), IsEmpty());
  EXPECT_TRUE(ListenerTable().at(Protocol::tcp, Port::clamped(8000)).empty());
}

}  // namespace
}  // namespace pm::test
