#include "app/listener_table.h"

#include <algorithm>

namespace pm {
namespace {

std::uint32_t key_of(Protocol protocol, Port port) {
  return static_cast<std::uint32_t>(protocol) << 16U | port.value();
}

}  // namespace

ListenerTable::ListenerTable(std::vector<Row> rows) : rows_(std::move(rows)) {
  std::stable_sort(rows_.begin(), rows_.end(), [](const Row& left, const Row& right) {
    return key_of(left->protocol, left->port) < key_of(right->protocol, right->port);
  });
  keys_.reserve(rows_.size());
  for (const auto& row : rows_) keys_.push_back(key_of(row->protocol, row->port));
}

std::span<const ListenerTable::Row> ListenerTable::at(Protocol protocol, Port port) const {
  const auto [first, last] = std::equal_range(keys_.begin(), keys_.end(), key_of(protocol, port));
  return std::span(rows_).subspan(static_cast<std::size_t>(first - keys_.begin()),
                                  static_cast<std::size_t>(last - first));
}

}  // namespace pm
