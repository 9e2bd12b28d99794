#include "domain/port_bitmap.h"

#include <bit>

namespace pm {
namespace {

constexpr std::uint64_t all_ones = ~std::uint64_t{0};

/// The bits of word `word` that lie from lo to hi.
constexpr std::uint64_t mask_of(std::size_t word, std::size_t lo, std::size_t hi) {
  std::uint64_t mask = all_ones;
  if (word == lo / 64) mask &= all_ones << (lo % 64);
  if (word == hi / 64) mask &= all_ones >> (63 - hi % 64);
  return mask;
}

}  // namespace

bool PortBitmap::test(Port port) const {
  return ((words_[port.value() / word_bits] >> (port.value() % word_bits)) & 1U) != 0;
}

void PortBitmap::set(Port port, bool taken) {
  const auto bit = std::uint64_t{1} << (port.value() % word_bits);
  auto& word = words_[port.value() / word_bits];
  word = taken ? (word | bit) : (word & ~bit);
}

void PortBitmap::merge(const PortBitmap& other) {
  for (std::size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
}

int PortBitmap::count(Port lo, Port hi) const {
  int total = 0;
  for (std::size_t i = lo.value() / word_bits; i <= hi.value() / word_bits; ++i) {
    total += std::popcount(words_[i] & mask_of(i, lo.value(), hi.value()));
  }
  return total;
}

std::optional<Port> PortBitmap::first_free(Port lo, Port hi) const {
  for (std::size_t i = lo.value() / word_bits; i <= hi.value() / word_bits; ++i) {
    const auto free = ~words_[i] & mask_of(i, lo.value(), hi.value());
    if (free != 0) {
      const auto port = i * word_bits + static_cast<std::size_t>(std::countr_zero(free));
      return Port::clamped(static_cast<std::int64_t>(port));
    }
  }
  return std::nullopt;
}

}  // namespace pm
