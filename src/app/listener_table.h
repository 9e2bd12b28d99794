#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "domain/listener.h"

namespace pm {

/// Every socket of this machine that takes in what comes to a port from 1024 up: TCP in LISTEN, UDP
/// bound and not connected, IPv4 and IPv6; by protocol and port, within one port in the order in
/// which the kernel names them. Immutable, so any number of threads may read it.
class ListenerTable {
 public:
  using Row = std::shared_ptr<const Listener>;

  ListenerTable() = default;
  explicit ListenerTable(std::vector<Row> rows);

  std::span<const Row> at(Protocol protocol, Port port) const;
  const std::vector<Row>& all() const { return rows_; }

 private:
  std::vector<Row> rows_;
  std::vector<std::uint32_t> keys_;  ///< of each row: protocol and port, ascending
};

}  // namespace pm
