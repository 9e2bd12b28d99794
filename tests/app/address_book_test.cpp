#include "app/address_book.h"

#include <gtest/gtest.h>

#include "app/world.h"

namespace pm::test {
namespace {

ServiceAddress address_of(const World& world, const AddressBook& book, const std::string& id) {
  return book.address(*world.store.snapshot(), id, Port::clamped(8001));
}

TEST(AddressBook, AServiceThatNobodyKnowsIsWhereThePatternSays) {
  const World world;
  const auto address = address_of(world, AddressBook("127.0.0.1"), "kite");
  EXPECT_EQ(address.service_id, "kite");
  EXPECT_EQ(address.host, "127.0.0.1");
  EXPECT_EQ(address.port, Port::clamped(8001));
  EXPECT_EQ(address.health_endpoint, "/health");
}

TEST(AddressBook, ThePatternTakesTheId) {
  const World world;
  EXPECT_EQ(address_of(world, AddressBook("{service_id}"), "kite").host, "kite");
  EXPECT_EQ(address_of(world, AddressBook("svc-{service_id}.local"), "kite").host,
            "svc-kite.local");
}

TEST(AddressBook, ARegisteredHostGoesBeforeThePattern) {
  World world;
  Service service;
  service.service_id = "kite";
  service.host = "10.1.2.3";
  service.health_endpoint = "/status";
  world.put_service(service);
  const auto address = address_of(world, AddressBook("{service_id}"), "kite");
  EXPECT_EQ(address.host, "10.1.2.3");
  EXPECT_EQ(address.health_endpoint, "/status");
}

TEST(AddressBook, APortOnAnotherMachineIsContactedThere) {
  World world;
  world.commit([](Draft& draft) -> Expected<void> {
    const PortKey key{"10.0.0.7", Protocol::tcp, Port::clamped(8001)};
    const auto assigned = assign(draft, {"kite", key, false});
    if (!assigned) return tl::unexpected(assigned.error());
    return {};
  });
  EXPECT_EQ(address_of(world, AddressBook("127.0.0.1"), "kite").host, "10.0.0.7");
}

TEST(AddressBook, ARegisteredServiceWithoutAHostIsWhereThePatternSays) {
  World world;
  Service service;
  service.service_id = "kite";
  world.put_service(service);
  EXPECT_EQ(address_of(world, AddressBook("{service_id}"), "kite").host, "kite");
}

}  // namespace
}  // namespace pm::test
