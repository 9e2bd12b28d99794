#pragma once

#include <string>
#include <utility>
#include <vector>

#include "domain/domain_support.h"
#include "domain/kernel_conflicts.h"

namespace pm::test {

/// nginx (pid 4711), listening there on every address.
inline Listener nginx(const PortKey& key) {
  Listener listener;
  listener.pid = 4711;
  listener.process = "nginx";
  listener.address = "0.0.0.0";
  listener.protocol = key.protocol;
  listener.port = key.port;
  listener.inode = 99;
  return listener;
}

/// nginx is on the service's port.
inline KernelFindings::Finding stranger(const std::string& service_id, const PortKey& key) {
  return {service_id, key, nginx(key), "it answers /health as hornet"};
}

/// The service has that port and listens, with pid 12, on another.
inline KernelFindings::Finding drifted(const std::string& service_id, const PortKey& key, int to) {
  auto listener = nginx({key.host, key.protocol, port(to)});
  listener.pid = 12;
  return {service_id, key, std::move(listener), "it answers /health as " + service_id};
}

/// 32768-60999 without 33001.
inline EphemeralPorts ephemeral() {
  return EphemeralPorts::from("32768\t60999", "33001").value();
}

/// kite has 8000, hawk 8001, owl 8000/udp.
struct KernelSuite : testing::Test {
  KernelSuite() {
    EXPECT_TRUE(suite.assign("kite", tcp(8000)));
    EXPECT_TRUE(suite.assign("hawk", tcp(8001)));
    EXPECT_TRUE(suite.assign("owl", udp(8000)));
  }

  std::vector<Conflict> detect(const KernelFindings& findings) const {
    return detect_kernel_conflicts(suite.registry(), findings, {});
  }

  Suite suite;
};

}  // namespace pm::test
