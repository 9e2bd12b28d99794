#include "domain/kernel_conflicts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "domain/kernel_support.h"

namespace pm {
namespace {

using test::drifted;
using test::ephemeral;
using test::nginx;
using test::port;
using test::self;
using test::stranger;
using test::tcp;
using test::tcp_on;
using test::udp;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

using KernelConflicts = test::KernelSuite;

TEST_F(KernelConflicts, NoneWhereTheKernelAgrees) {
  EXPECT_THAT(detect({}), IsEmpty());
  EXPECT_THAT(detect_kernel_conflicts(suite.registry(), {}, ephemeral()), IsEmpty());
}

TEST_F(KernelConflicts, AStrangerOnAPort) {
  const auto found = detect({.strangers = {stranger("kite", tcp(8000))}});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].type, ConflictType::system_conflict);
  EXPECT_EQ(found[0].key, tcp(8000));
  EXPECT_THAT(found[0].services, ElementsAre("kite"));
  EXPECT_EQ(found[0].listener, nginx(tcp(8000)));
  EXPECT_EQ(found[0].conflict_id, 0);
  EXPECT_EQ(found[0].detail,
            "Port 8000 of kite is taken by nginx (pid 4711) on 0.0.0.0: it answers /health as "
            "hornet. Stop that process, or POST /api/ports/resolve-conflicts moves kite.");
}

TEST_F(KernelConflicts, OfSeveralStrangersTheFirstIsNamed) {
  auto second = stranger("kite", tcp(8000));
  second.listener.pid = 5;
  const auto two =
      detect({.strangers = {stranger("kite", tcp(8000)), stranger("hawk", tcp(8001)), second}});
  ASSERT_EQ(two.size(), 2U);
  EXPECT_THAT(two[0].detail, HasSubstr("nginx (pid 4711) on 0.0.0.0 (and 1 other): it"));
  EXPECT_EQ(two[0].listener->pid, 4711);
  EXPECT_THAT(two[1].services, ElementsAre("hawk"));
  const auto three = detect({.strangers = {second, second, stranger("kite", tcp(8000))}});
  ASSERT_EQ(three.size(), 1U);
  EXPECT_THAT(three[0].detail, HasSubstr("nginx (pid 5) on 0.0.0.0 (and 2 others): it"));
}

TEST_F(KernelConflicts, AStrangerOnAContestedPortIsOneForEachHolder) {
  ASSERT_TRUE(suite.assign("crow", tcp(8000), true));
  const auto found =
      detect({.strangers = {stranger("kite", tcp(8000)), stranger("crow", tcp(8000))}});
  ASSERT_EQ(found.size(), 2U);
  EXPECT_THAT(found[0].services, ElementsAre("crow"));
  EXPECT_THAT(found[1].services, ElementsAre("kite"));
}

TEST_F(KernelConflicts, Drift) {
  const auto found = detect({.drifted = {drifted("kite", tcp(8000), 8050)}});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].type, ConflictType::drift);
  EXPECT_EQ(found[0].key, tcp(8000));
  EXPECT_THAT(found[0].services, ElementsAre("kite"));
  EXPECT_EQ(found[0].listener->port, port(8050));
  EXPECT_EQ(found[0].detail,
            "kite has port 8000 and listens on port 8050 (pid 12): it answers /health as kite. "
            "Restart it on port 8000, or POST /api/ports/resolve-conflicts.");
  auto unseen = drifted("kite", tcp(8000), 8050);
  unseen.listener.pid = 0;
  EXPECT_THAT(detect({.drifted = {unseen}})[0].detail,
              HasSubstr("listens on port 8050: it answers"));
}

TEST_F(KernelConflicts, ADriftToSeveralPortsIsOne) {
  const auto found =
      detect({.drifted = {drifted("kite", tcp(8000), 8050), drifted("kite", tcp(8000), 8051)}});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].listener->port, port(8050));
}

TEST_F(KernelConflicts, UdpIsItsOwnSpace) {
  const auto found = detect(
      {.strangers = {stranger("owl", udp(8000))}, .drifted = {drifted("owl", udp(8000), 8050)}});
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].key, udp(8000));
  EXPECT_THAT(found[0].detail, StartsWith("Port 8000/udp of owl is taken by nginx"));
  EXPECT_THAT(found[1].detail,
              StartsWith("owl has port 8000/udp and listens on port 8050/udp (pid 12)"));
}

TEST_F(KernelConflicts, ThePortManagerStaysAndTheStrangerGoes) {
  suite.place_self(8005);
  const auto found = detect(
      {.strangers = {stranger(self, tcp(8005))}, .drifted = {drifted(self, tcp(8005), 8050)}});
  ASSERT_EQ(found.size(), 2U);
  EXPECT_THAT(found[0].detail,
              EndsWith("Stop that process; the Port Manager itself is never moved."));
  EXPECT_THAT(found[1].detail,
              EndsWith("Restart it on port 8005; if that is taken, stop the process that has it."));
}

TEST_F(KernelConflicts, FindingsThatDoNotFitTheRegistryAreLeftOut) {
  ASSERT_TRUE(suite.assign("far", tcp_on("db.example", 8002)));
  EXPECT_THAT(detect({.strangers = {stranger("far", tcp_on("db.example", 8002)),
                                    stranger("hawk", tcp(8000)), stranger("kite", udp(8000)),
                                    stranger("nobody", tcp(8000))},
                      .drifted = {drifted("kite", tcp(8001), 8050)}}),
              IsEmpty());
}

TEST_F(KernelConflicts, APortThatTheKernelMayHandOut) {
  ASSERT_TRUE(suite.assign("a", tcp(33000), true));
  ASSERT_TRUE(suite.assign("b", tcp(33001), true));
  ASSERT_TRUE(suite.assign("c", tcp_on("db.example", 33000), true));
  ASSERT_TRUE(suite.assign("d", udp(33000), true));
  auto found = detect_kernel_conflicts(suite.registry(), {}, ephemeral());
  ASSERT_EQ(found.size(), 2U);
  if (found[0].key.protocol == Protocol::udp) std::swap(found[0], found[1]);
  EXPECT_EQ(found[0].type, ConflictType::ephemeral_overlap);
  EXPECT_EQ(found[0].key, tcp(33000));
  EXPECT_THAT(found[0].services, ElementsAre("a"));
  EXPECT_FALSE(found[0].listener);
  EXPECT_EQ(found[0].detail,
            "Port 33000 of a lies in ip_local_port_range 32768-60999 and is not in "
            "ip_local_reserved_ports: the kernel may take it for an outgoing connection at any "
            "time. Reserve it: GET /api/ports/export?format=sysctl writes the line.");
  EXPECT_THAT(found[1].detail, StartsWith("Port 33000/udp of d lies in"));
}

TEST_F(KernelConflicts, WhichTypesTheyAre) {
  EXPECT_TRUE(is_kernel_conflict(ConflictType::system_conflict));
  EXPECT_TRUE(is_kernel_conflict(ConflictType::drift));
  EXPECT_TRUE(is_kernel_conflict(ConflictType::ephemeral_overlap));
  EXPECT_FALSE(is_kernel_conflict(ConflictType::duplicate_assignment));
  EXPECT_FALSE(is_kernel_conflict(ConflictType::reserved_port));
  EXPECT_FALSE(is_kernel_conflict(ConflictType::out_of_range));
}

}  // namespace
}  // namespace pm
