#include "app/discovery.h"

#include <gmock/gmock.h>

#include "app/world.h"

namespace pm::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class FakeDirectory final : public ServiceDirectory {
 public:
  bool is_configured() const override { return configured; }
  Expected<std::vector<ListedService>> services() override {
    ++asked;
    return answer;
  }

  bool configured{true};
  int asked{0};
  Expected<std::vector<ListedService>> answer{std::vector<ListedService>{}};
};

class DiscoveryTest : public testing::Test, public World {
 protected:
  Discovered find(const std::string& service_id) {
    for (const auto& each : discovery.discover().services) {
      if (each.service_id == service_id) return each;
    }
    ADD_FAILURE() << service_id << " was not found";
    return {};
  }

  FakeDirectory hub;
  Discovery discovery{store, watch, hub};
};

TEST_F(DiscoveryTest, NothingIsKnownOfAnEmptySuite) {
  const auto found = discovery.discover();
  EXPECT_THAT(found.services, IsEmpty());
  EXPECT_THAT(found.warnings, IsEmpty());
  EXPECT_EQ(found.revision, 0);
}

TEST_F(DiscoveryTest, ARegisteredServiceIsKnownByTheRegistryAndByItsListener) {
  Service kite;
  kite.service_id = "kite";
  kite.name = "Kite";
  put_service(kite);
  have("kite", 8000);
  have("stopped", 8001);
  run_service("kite", 8000, 7);
  auto found = find("kite");
  EXPECT_EQ(found.name, "Kite");
  EXPECT_EQ(found.host, "127.0.0.1");
  EXPECT_EQ(found.port, Port::clamped(8000));
  EXPECT_TRUE(found.registered);
  EXPECT_TRUE(found.running);
  EXPECT_THAT(found.sources, ElementsAre("registry", "listener"));
  ASSERT_TRUE(found.listener);
  EXPECT_EQ(found.listener->pid, 7);
  found = find("stopped");
  EXPECT_FALSE(found.running);
  EXPECT_FALSE(found.listener);
  EXPECT_THAT(found.sources, ElementsAre("registry"));
  EXPECT_EQ(discovery.discover().revision, store.snapshot()->revision());
}

TEST_F(DiscoveryTest, OneThatIsElsewhereKeepsThePortThatItHas) {
  have("kite", 8000);
  run_service("kite", 8050, 7);
  const auto found = find("kite");
  EXPECT_EQ(found.port, Port::clamped(8000));
  EXPECT_TRUE(found.running);
  EXPECT_EQ(found.listener->port, Port::clamped(8050));
}

TEST_F(DiscoveryTest, AListenerWithANameIsOfferedAndNotTakenOver) {
  run_service("heron", 8050, 7);
  run_service("", 8051, 8).identity = std::nullopt;
  const auto found = discovery.discover();
  ASSERT_EQ(found.services.size(), 1U);
  const auto& heron = found.services[0];
  EXPECT_EQ(heron.service_id, "heron");
  EXPECT_EQ(heron.name, "heron");
  EXPECT_EQ(heron.host, "127.0.0.1");
  EXPECT_EQ(heron.port, Port::clamped(8050));
  EXPECT_FALSE(heron.registered);
  EXPECT_TRUE(heron.running);
  EXPECT_THAT(heron.sources, ElementsAre("listener"));
  EXPECT_FALSE(store.snapshot()->service("heron"));
}

TEST_F(DiscoveryTest, WhatHubListsIsOfferedToo) {
  hub.answer = std::vector<ListedService>{{"swan", "Swan", "10.0.0.7", Port::clamped(8060), ""},
                                          {"swan", "Black Swan", "", std::nullopt, ""},
                                          {"bare", "", "", std::nullopt, ""}};
  auto found = find("swan");
  EXPECT_EQ(found.name, "Swan");
  EXPECT_EQ(found.host, "10.0.0.7");
  EXPECT_EQ(found.port, Port::clamped(8060));
  EXPECT_FALSE(found.registered);
  EXPECT_FALSE(found.running);
  EXPECT_THAT(found.sources, ElementsAre("hub"));
  found = find("bare");
  EXPECT_EQ(found.name, "bare");
  EXPECT_FALSE(found.port);
}

TEST_F(DiscoveryTest, TheRegistrysWordGoesBeforeHubs) {
  have("kite", 8000);
  hub.answer = std::vector<ListedService>{{"kite", "Hub's Kite", "10.0.0.7", Port::clamped(9), ""}};
  const auto found = find("kite");
  EXPECT_EQ(found.name, "kite");
  EXPECT_EQ(found.host, "127.0.0.1");
  EXPECT_EQ(found.port, Port::clamped(8000));
  EXPECT_THAT(found.sources, ElementsAre("registry", "hub"));
}

TEST_F(DiscoveryTest, WhereAnUnregisteredOneListensGoesBeforeHubsWordToo) {
  run_service("heron", 8050, 7);
  hub.answer = std::vector<ListedService>{{"heron", "Heron", "10.0.0.7", Port::clamped(8060), ""}};
  const auto found = find("heron");
  EXPECT_EQ(found.name, "Heron");
  EXPECT_EQ(found.host, "127.0.0.1");
  EXPECT_EQ(found.port, Port::clamped(8050));
  EXPECT_THAT(found.sources, ElementsAre("hub", "listener"));
}

TEST_F(DiscoveryTest, ServicesAreInTheOrderOfTheirIds) {
  run_service("b", 8050, 7);
  have("c", 8000);
  hub.answer = std::vector<ListedService>{{"a", "", "", std::nullopt, ""}};
  std::vector<std::string> ids;
  for (const auto& each : discovery.discover().services) ids.push_back(each.service_id);
  EXPECT_THAT(ids, ElementsAre("a", "b", "c"));
}

TEST_F(DiscoveryTest, SourcesThatCannotBeAskedAreSaidAndTheOthersGoOn) {
  have("kite", 8000);
  hub.answer = fail(ErrorCode::service_unreachable, "Hub is away.");
  probe.fail_scan(Error{ErrorCode::internal, "netlink is refused", {}});
  const auto found = discovery.discover();
  EXPECT_THAT(found.warnings, ElementsAre("This host's listeners are not known: netlink is refused",
                                          "Hub is away."));
  ASSERT_EQ(found.services.size(), 1U);
  EXPECT_EQ(found.services[0].service_id, "kite");
}

TEST_F(DiscoveryTest, WithoutAHubNobodyIsAsked) {
  hub.configured = false;
  EXPECT_THAT(discovery.discover().warnings, IsEmpty());
  EXPECT_EQ(hub.asked, 0);
}

}  // namespace
}  // namespace pm::test
