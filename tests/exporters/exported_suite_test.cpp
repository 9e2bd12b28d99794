#include "exporters/exported_suite.h"

#include <gmock/gmock.h>

#include "exporters/export_world.h"

namespace pm {
namespace {

using test::empty_registry;
using test::key_of;
using test::put_port;
using test::put_service;
using test::suite_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> ids_of(const std::vector<const ExportedService*>& services) {
  std::vector<std::string> ids;
  for (const auto* service : services) ids.push_back(service->service_id);
  return ids;
}

std::vector<std::string> reasons(const std::vector<LeftOut>& left_out) {
  std::vector<std::string> lines;
  for (const auto& each : left_out) lines.push_back(each.service_id + ": " + each.why);
  return lines;
}

Error refused(const Registry& registry, const ExportScope& scope,
              const std::string& host_pattern = "127.0.0.1") {
  const auto suite =
      exported_suite(registry, AddressBook(host_pattern), scope, test::FixedClock().now());
  EXPECT_FALSE(suite);
  return suite ? Error{} : suite.error();
}

TEST(ExportedSuite, EveryServiceById) {
  const auto suite = test::suite_of_all_kinds();
  EXPECT_EQ(suite.revision, 41);
  EXPECT_EQ(suite.at, test::FixedClock().now());
  std::vector<std::string> ids;
  for (const auto& service : suite.services) ids.push_back(service.service_id);
  EXPECT_THAT(ids, ElementsAre("billing", "dns", "far", "legalai-pro", "passport", "six", "twin"));
  EXPECT_EQ(suite.all_ids, ids);
}

TEST(ExportedSuite, WhatIsKnownOfAService) {
  const auto suite = suite_of(test::registry_of_all_kinds(), {{"legalai-pro"}, ""});
  ASSERT_EQ(suite.services.size(), 1U);
  const auto& service = suite.services.front();
  EXPECT_EQ(service.name, "LegalAI Pro");
  EXPECT_EQ(service.category, "foundation");
  EXPECT_EQ(service.health_endpoint, "/health");
  EXPECT_EQ(service.host, "127.0.0.1");
  EXPECT_EQ(service.key, key_of(8000));
  EXPECT_EQ(service.holder, "");
  EXPECT_EQ(service.url(), "http://127.0.0.1:8000");
}

TEST(ExportedSuite, AServiceWithoutANameIsNamedByItsIdAndANulIsNoCharacter) {
  auto registry = empty_registry();
  put_service(registry, "kite");
  put_service(registry, "wren", std::string("a\0b", 3));
  const auto suite = suite_of(registry);
  EXPECT_EQ(suite.services[0].name, "kite");
  EXPECT_EQ(suite.services[1].name, "ab");
}

TEST(ExportedSuite, AnIPv6AddressIsInBracketsBeforeAPort) {
  const auto suite = suite_of(test::registry_of_all_kinds(), {{"six"}, ""});
  EXPECT_EQ(suite.services.front().host, "fd00::7");
  EXPECT_EQ(suite.services.front().url(), "http://[fd00::7]:8301");
}

TEST(ExportedSuite, AServiceIsWhereItIsContacted) {
  const auto suite = suite_of(test::registry_of_all_kinds(), {{"far", "passport"}, ""},
                              "{service_id}.suite.internal");
  EXPECT_EQ(suite.services[0].address(), "node-7.example:8300");
  EXPECT_EQ(suite.services[1].address(), "passport.suite.internal:8007");
}

TEST(ExportedSuite, AnotherHostStandsInForThisMachineAlone) {
  const auto suite =
      suite_of(test::registry_of_all_kinds(), {{"far", "passport"}, "Ports.Example"});
  EXPECT_EQ(suite.services[0].host, "node-7.example");
  EXPECT_EQ(suite.services[1].host, "ports.example");
}

TEST(ExportedSuite, AContestedPortHasAHolder) {
  const auto suite = suite_of(test::registry_of_all_kinds(), {{"twin"}, ""});
  EXPECT_EQ(suite.services.front().holder, "legalai-pro");
}

TEST(ExportedSuite, AServiceThatIsNotRegisteredIsRefused) {
  const auto error = refused(test::registry_of_all_kinds(), {{"passport", "nobody"}, ""});
  EXPECT_EQ(error.code, ErrorCode::unknown_service);
  EXPECT_EQ(error.field, "services");
  EXPECT_THAT(error.message, HasSubstr("\"nobody\""));
}

TEST(ExportedSuite, AHostThatIsNoneIsRefused) {
  const auto error = refused(test::registry_of_all_kinds(), {{}, "a b"});
  EXPECT_EQ(error.code, ErrorCode::out_of_bounds);
  EXPECT_EQ(error.field, "host");
}

TEST(ExportedSuite, AHostPatternThatMakesNoHostIsRefused) {
  const auto error = refused(test::registry_of_all_kinds(), {}, "{service_id}; evil");
  EXPECT_EQ(error.code, ErrorCode::out_of_bounds);
  EXPECT_THAT(error.message, HasSubstr("\"billing; evil\""));
  EXPECT_THAT(error.message, HasSubstr("--host-pattern"));
}

TEST(ExportedSuite, WhatAClientReaches) {
  const auto suite = test::suite_of_all_kinds();
  const auto by_tcp = reachable(suite, false);
  EXPECT_THAT(ids_of(by_tcp.taken), ElementsAre("far", "legalai-pro", "passport", "six"));
  EXPECT_THAT(reasons(by_tcp.left_out),
              ElementsAre("billing: it has no port", "dns: port 8053/udp is not TCP",
                          "twin: port 8000 is contested, legalai-pro had it first"));
  const auto by_both = reachable(suite, true);
  EXPECT_THAT(ids_of(by_both.taken), ElementsAre("dns", "far", "legalai-pro", "passport", "six"));
  EXPECT_THAT(reasons(by_both.left_out),
              ElementsAre("billing: it has no port",
                          "twin: port 8000 is contested, legalai-pro had it first"));
}

TEST(ExportedSuite, WhatHasAPort) {
  const auto suite = test::suite_of_all_kinds();
  const auto selection = with_port(suite);
  EXPECT_EQ(selection.taken.size(), 6U);
  EXPECT_THAT(reasons(selection.left_out), ElementsAre("billing: it has no port"));
}

TEST(ExportedSuite, NothingIsNothing) {
  const auto suite = suite_of(empty_registry());
  EXPECT_THAT(suite.services, IsEmpty());
  EXPECT_THAT(reachable(suite, true).taken, IsEmpty());
}

}  // namespace
}  // namespace pm
