#include "exporters/sysctl_format.h"

#include <gmock/gmock.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sstream>

#include "exporters/fixtures.h"

namespace pm {
namespace {

using test::assign;
using test::empty_registry;
using test::TempFolder;
using test::write_text;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr const char* key = "net.ipv4.ip_local_reserved_ports = ";

Port port(int value) {
  return Port::clamped(value);
}

/// The service has the port of that protocol on that host.
void assign_at(Registry& registry, const std::string& service_id, const PortKey& where) {
  Assignment assignment;
  assignment.service_id = service_id;
  assignment.key = where;
  assignment.sequence = registry.next_sequence();
  registry.apply(PutAssignment{assignment});
}

/// The lines that are no comments.
std::vector<std::string> settings(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("#")) lines.push_back(line);
  }
  return lines;
}

/// What the one setting says, as the kernel reads it.
PortBitmap ports_of(const std::string& text) {
  const auto lines = settings(text);
  if (lines.size() != 1 || !lines.front().starts_with(key)) {
    ADD_FAILURE() << text;
    return {};
  }
  const auto read = EphemeralPorts::from("32768\t60999", lines.front().substr(std::strlen(key)));
  EXPECT_TRUE(read) << text;
  return read ? read->reserved() : PortBitmap();
}

PortBitmap bitmap(std::initializer_list<int> ports) {
  PortBitmap marked;
  for (const int each : ports) marked.set(port(each));
  return marked;
}

TEST(SysctlFormat, EveryPortAssignedHere) {
  auto registry = empty_registry();
  for (const int each : {8000, 8001, 8002, 8003, 8100}) {
    assign(registry, "s" + std::to_string(each), port(each));
  }
  assign(registry, "twin", port(8100));
  assign_at(registry, "udp", {std::string(local_host), Protocol::udp, port(8200)});
  assign_at(registry, "far", {"10.0.0.7", Protocol::tcp, port(8300)});
  EXPECT_THAT(settings(render_sysctl(registry, {})),
              testing::ElementsAre(std::string(key) + "8000-8003,8100,8200"));
}

TEST(SysctlFormat, NoneIsAnEmptyListThatEndsInASpace) {
  const auto text = render_sysctl(empty_registry(), {});
  EXPECT_THAT(settings(text), testing::ElementsAre(key));
  EXPECT_EQ(ports_of(text), PortBitmap());
}

TEST(SysctlFormat, ReadsBackAsWhatIsAssigned) {
  auto registry = empty_registry();
  PortBitmap expected;
  for (int each = Port::lowest; each <= Port::highest; each += each % 7 + 1) {
    assign(registry, "s" + std::to_string(each), port(each));
    expected.set(port(each));
  }
  EXPECT_EQ(ports_of(render_sysctl(registry, {})), expected);
}

TEST(SysctlFormat, WhatWouldBeDroppedIsNamed) {
  auto registry = empty_registry();
  assign(registry, "kite", port(8000));
  const auto present = EphemeralPorts::from("32768 60999", "8000,8888,9000-9002").value();
  const auto text = render_sysctl(registry, present);
  EXPECT_THAT(text, HasSubstr("\n#   8888,9000-9002\n"));
  EXPECT_EQ(ports_of(text), bitmap({8000}));
}

TEST(SysctlFormat, NothingIsDroppedWhenAllOfItIsAssigned) {
  auto registry = empty_registry();
  assign(registry, "kite", port(8000));
  const auto present = EphemeralPorts::from("32768 60999", "8000").value();
  EXPECT_THAT(render_sysctl(registry, present), Not(HasSubstr("dropped")));
}

TEST(SysctlFormat, SaysHowToApplyIt) {
  const auto text = render_sysctl(empty_registry(), {});
  EXPECT_THAT(text, StartsWith("# "));
  EXPECT_THAT(text, HasSubstr("sysctl -p /etc/sysctl.d/"));
  EXPECT_THAT(text, HasSubstr("replaces the whole list"));
}

/// What sysctl(8) would set, from that file; it sets nothing.
std::string dry_run(const std::string& text) {
  const TempFolder folder;
  write_text(folder / "ports.conf", text);
  const auto command = "PATH=$PATH:/sbin:/usr/sbin sysctl --dry-run -p " +
                       (folder / "ports.conf").string() + " 2>&1";
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(::popen(command.c_str(), "r"),
                                                             ::pclose);
  std::string output;
  for (int c = std::fgetc(pipe.get()); c != EOF; c = std::fgetc(pipe.get())) {
    output.push_back(static_cast<char>(c));
  }
  return output;
}

TEST(SysctlFormat, SysctlTakesIt) {
  if (std::system("PATH=$PATH:/sbin:/usr/sbin sysctl --help 2>&1 | grep -q dry-run") != 0) {
    GTEST_SKIP() << "no sysctl with --dry-run on this machine";
  }
  auto registry = empty_registry();
  EXPECT_EQ(dry_run(render_sysctl(registry, {})), std::string(key) + "\n");
  assign(registry, "kite", port(8000));
  assign(registry, "wren", port(8001));
  const auto present = EphemeralPorts::from("32768 60999", "8888").value();
  EXPECT_EQ(dry_run(render_sysctl(registry, present)), std::string(key) + "8000-8001\n");
}

}  // namespace
}  // namespace pm
