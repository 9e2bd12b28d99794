#include "http/fan_out.h"

#include <algorithm>
#include <atomic>
#include <memory>

namespace pm {
namespace {

constexpr std::size_t at_once = 64;

/// A helper that comes late finds it done and does not touch the work, which is gone by then.
struct Job {
  const FanOut::Work& work;
  const std::size_t count;
  std::atomic<std::size_t> taken{0};
  std::atomic<std::size_t> done{0};

  void help() {
    for (;;) {
      const auto begin = taken.fetch_add(at_once);
      if (begin >= count) return;
      const auto end = std::min(begin + at_once, count);
      work(begin, end);
      if (done.fetch_add(end - begin) + end - begin == count) done.notify_one();
    }
  }

  void wait() const {
    for (auto so_far = done.load(); so_far < count; so_far = done.load()) done.wait(so_far);
  }
};

}  // namespace

void FanOut::run(std::size_t count, const Work& work) {
  if (count_ == 0 || count <= 2 * at_once) {
    if (count > 0) work(0, count);
    return;
  }
  const auto job = std::make_shared<Job>(work, count);
  for (std::size_t i = 0; i < count_; ++i) helpers_.submit([job] { job->help(); });
  job->help();
  job->wait();
}

}  // namespace pm
