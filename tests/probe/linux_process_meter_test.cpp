#include "probe/linux_process_meter.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <mutex>
#include <thread>

#include "app/unique_fd.h"
#include "support/eventually.h"
#include "support/temp_folder.h"

namespace pm {
namespace {

using testing::HasSubstr;

ProcessUsage usage() {
  return LinuxProcessMeter().usage().value();
}

TEST(LinuxProcessMeter, CpuTimeGrowsWithWork) {
  const auto before = usage().cpu_seconds;
  EXPECT_GE(before, 0.0);
  EXPECT_TRUE(test::eventually([&] { return usage().cpu_seconds > before; }));
}

TEST(LinuxProcessMeter, MemoryIsInBytes) {
  constexpr std::size_t size = 64UL << 20U;
  const auto before = usage();
  EXPECT_GT(before.resident_bytes, 1'000'000);
  EXPECT_GT(before.virtual_bytes, before.resident_bytes);
  void* block = ::mmap(nullptr, size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  ASSERT_NE(block, MAP_FAILED);
  const auto after = usage();
  ::munmap(block, size);
  EXPECT_GE(after.virtual_bytes - before.virtual_bytes, static_cast<std::int64_t>(size));
  // The kernel counts resident pages in batches.
  EXPECT_GE(after.resident_bytes - before.resident_bytes, static_cast<std::int64_t>(size) * 9 / 10);
  EXPECT_GT(after.machine_memory_bytes, after.resident_bytes);
}

TEST(LinuxProcessMeter, CountsDescriptors) {
  const auto before = usage().open_fds;
  const std::array<UniqueFd, 3> more{UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC)),
                                     UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC)),
                                     UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC))};
  EXPECT_EQ(usage().open_fds, before + 3);
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  EXPECT_EQ(usage().max_fds, static_cast<std::int64_t>(limit.rlim_cur));
}

TEST(LinuxProcessMeter, CountsThreads) {
  // With the first thread ThreadSanitizer starts one of its own.
  std::thread([] {}).join();
  const auto before = usage().threads;
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::jthread waits([&] { const std::lock_guard until_counted(mutex); });
  EXPECT_EQ(usage().threads, before + 1);
  lock.unlock();
}

TEST(LinuxProcessMeter, TheStartStaysTheSame) {
  const LinuxProcessMeter meter;
  const auto first = meter.usage()->started_at;
  EXPECT_EQ(first, ProcessReader().facts(::getpid())->started);
  EXPECT_EQ(meter.usage()->started_at, first);
}

TEST(LinuxProcessMeter, ReadsTheFieldsBehindAnOddName) {
  const test::TempFolder proc;
  std::filesystem::create_directories(proc / "self" / "fd");
  for (const char* fd : {"0", "1", "2", "3"}) std::ofstream(proc / "self" / "fd" / fd) << "";
  std::ofstream(proc / "stat") << "cpu 1 2\nbtime 1700000000\n";
  const auto ticks = ::sysconf(_SC_CLK_TCK);
  std::ofstream(proc / "self" / "stat")
      << "7 (a) R 1 (b) S 1 7 7 0 -1 4194304 0 0 0 0 " << 3 * ticks << " " << 2 * ticks
      << " 0 0 20 0 11 0 " << 60 * ticks << " 123456789 25 0\n";
  const auto usage = LinuxProcessMeter(proc.path()).usage();
  ASSERT_TRUE(usage);
  EXPECT_EQ(usage->cpu_seconds, 5.0);
  EXPECT_EQ(usage->threads, 11);
  EXPECT_EQ(usage->virtual_bytes, 123456789);
  EXPECT_EQ(usage->resident_bytes, 25 * ::sysconf(_SC_PAGESIZE));
  EXPECT_EQ(usage->open_fds, 3);
  EXPECT_EQ(usage->started_at, Timestamp(std::chrono::seconds(1'700'000'060)));
}

TEST(LinuxProcessMeter, WithoutProcfsNothingIsKnown) {
  const test::TempFolder proc;
  std::filesystem::create_directories(proc / "self" / "fd");
  const auto nothing = LinuxProcessMeter(proc.path()).usage();
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().code, ErrorCode::internal);
  EXPECT_THAT(nothing.error().message, HasSubstr((proc / "self").string()));
  std::ofstream(proc / "self" / "stat") << "7 (short) S 1 7";
  EXPECT_FALSE(LinuxProcessMeter(proc.path()).usage());
}

}  // namespace
}  // namespace pm
