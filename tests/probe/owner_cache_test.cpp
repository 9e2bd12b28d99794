#include "probe/owner_cache.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>

#include "support/manual_clock.h"

namespace pm {
namespace {

namespace fs = std::filesystem;

// Beyond the largest pid that the kernel gives (proc_sys_kernel(5), pid_max): nobody has them.
constexpr int nginx = 5'000'010;
constexpr int worker = 5'000'011;

RawSocket socket_of(std::uint32_t inode, std::uint16_t port = 8000) {
  RawSocket socket;
  socket.inode = inode;
  socket.port = port;
  socket.family = AF_INET;
  return socket;
}

/// Owners in a folder like /proc.
class OwnerCacheOf : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) / ("pm_owner_cache_" + std::to_string(::getpid()));
    fs::create_directories(folder_);
    std::ofstream(folder_ / "stat") << "cpu 1 2 3\nbtime 1700000000\n";
  }
  void TearDown() override { fs::remove_all(folder_); }

  void start(int pid, const std::string& name, int start_ticks = 500) const {
    const auto process = folder_ / std::to_string(pid);
    fs::create_directories(process / "fd");
    std::ofstream(process / "comm") << name << '\n';
    std::ofstream(process / "stat")
        << pid << " (" << name << ") S 1 1 1 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 1 0 " << start_ticks
        << " 0 0";
    std::ofstream(process / "cgroup") << "0::/system.slice/" << name << ".service\n";
    fs::remove(process / "exe");
    fs::create_symlink("/usr/sbin/" + name, process / "exe");
  }
  void give(int pid, std::uint32_t inode) const {
    const auto fd = folder_ / std::to_string(pid) / "fd" / std::to_string(inode);
    fs::create_symlink("socket:[" + std::to_string(inode) + "]", fd);
  }
  void take(int pid, std::uint32_t inode) const {
    fs::remove(folder_ / std::to_string(pid) / "fd" / std::to_string(inode));
  }
  void end(int pid) const { fs::remove_all(folder_ / std::to_string(pid)); }

  Moment now() const { return {clock_.now(), clock_.steady_now()}; }
  std::vector<OwnerCache::Row> update(const std::vector<RawSocket>& sockets) {
    return cache().update(sockets, now());
  }
  bool recheck() { return cache().recheck(now()); }
  OwnerCache::Row row(const RawSocket& socket) { return cache().rows({&socket, 1}).front(); }
  OwnerCache& cache() {
    if (!cache_) cache_.emplace(folder_);
    return *cache_;
  }

  fs::path folder_;
  test::ManualClock clock_;
  std::optional<OwnerCache> cache_;
};

TEST_F(OwnerCacheOf, ARowTellsAllThatIsKnown) {
  start(nginx, "nginx");
  give(nginx, 7);
  RawSocket socket = socket_of(7);
  socket.uid = 0;
  const auto rows = update({socket});
  ASSERT_EQ(rows.size(), 1);
  const Listener& listener = *rows.front();
  EXPECT_EQ(listener.pid, nginx);
  EXPECT_EQ(listener.process, "nginx");
  EXPECT_EQ(listener.address, "0.0.0.0");
  EXPECT_EQ(listener.port.value(), 8000);
  EXPECT_EQ(listener.inode, 7);
  EXPECT_EQ(listener.start_ticks, 500);
  EXPECT_EQ(listener.executable, "/usr/sbin/nginx");
  EXPECT_EQ(listener.user, "root");
  EXPECT_EQ(listener.unit, "nginx.service");
  const Timestamp boot{std::chrono::seconds(1'700'000'000)};
  EXPECT_EQ(listener.started, boot + std::chrono::milliseconds(500'000 / ::sysconf(_SC_CLK_TCK)));
}

TEST_F(OwnerCacheOf, SaysSinceWhenForSocketsThatCameLater) {
  const auto first = update({socket_of(7)});
  EXPECT_FALSE(first.front()->since);
  clock_.advance(std::chrono::seconds(2));
  const auto second = update({socket_of(7), socket_of(8)});
  EXPECT_FALSE(second[0]->since);
  EXPECT_EQ(second[1]->since, test::ManualClock::start + std::chrono::seconds(2));
  clock_.advance(std::chrono::seconds(2));
  const auto third = update({socket_of(8), socket_of(9)});
  EXPECT_EQ(third[0]->since, test::ManualClock::start + std::chrono::seconds(2));
}

TEST_F(OwnerCacheOf, KnownSocketsKeepTheirRowsAndAreNotLookedUpAgain) {
  start(worker, "nginx");
  give(worker, 7);
  const auto before = update({socket_of(7)});
  start(nginx, "nginx");
  give(nginx, 7);  // a walk would find this one first
  give(nginx, 8);
  const auto after = update({socket_of(8), socket_of(7)});
  EXPECT_EQ(after[1], before[0]);
  EXPECT_EQ(after[0]->pid, nginx);
}

TEST_F(OwnerCacheOf, ASocketWithAnotherAddressIsAnother) {
  start(nginx, "nginx");
  give(nginx, 7);
  update({socket_of(7, 8000)});
  const auto rows = update({socket_of(7, 8001)});
  EXPECT_EQ(rows.front()->port.value(), 8001);
  EXPECT_EQ(rows.front()->pid, nginx);
  EXPECT_TRUE(rows.front()->since);
}

TEST_F(OwnerCacheOf, ASocketThatTheKernelNamedTwiceGetsOneRow) {
  EXPECT_EQ(update({socket_of(7), socket_of(8), socket_of(7)}).size(), 2);
}

TEST_F(OwnerCacheOf, ForgetsSocketsThatAreGone) {
  update({socket_of(7)});
  update({});
  EXPECT_EQ(cache().without_owner(), 0);
  clock_.advance(std::chrono::seconds(5));
  EXPECT_EQ(update({socket_of(7)}).front()->since, clock_.now());
}

TEST_F(OwnerCacheOf, LooksAgainForAMissingOwnerAfterAWhile) {
  update({socket_of(7)});
  EXPECT_EQ(cache().without_owner(), 1);
  start(nginx, "nginx");
  give(nginx, 7);
  clock_.advance(OwnerCache::retry_after - std::chrono::milliseconds(1));
  EXPECT_FALSE(recheck());
  clock_.advance(std::chrono::milliseconds(1));
  EXPECT_TRUE(recheck());
  EXPECT_EQ(row(socket_of(7))->pid, nginx);
  EXPECT_EQ(cache().without_owner(), 0);
  EXPECT_FALSE(recheck());
}

TEST_F(OwnerCacheOf, LooksAgainForAMissingOwnerWhenTheSocketsHaveChanged) {
  update({socket_of(7)});
  start(nginx, "nginx");
  give(nginx, 7);
  EXPECT_EQ(update({socket_of(7), socket_of(8)}).front()->pid, 0) << "a walk at every change";
  clock_.advance(OwnerCache::retry_on_change_after);
  EXPECT_EQ(update({socket_of(7), socket_of(9)}).front()->pid, nginx);
}

TEST_F(OwnerCacheOf, FindingNothingNewIsNoChange) {
  const auto before = update({socket_of(7)});
  clock_.advance(OwnerCache::retry_after);
  EXPECT_FALSE(recheck());
  EXPECT_EQ(row(socket_of(7)), before.front());
}

TEST_F(OwnerCacheOf, AChildInheritsTheSocketOfAProcessThatEnds) {
  start(nginx, "nginx");
  start(worker, "nginx");
  give(nginx, 7);
  give(worker, 7);
  EXPECT_EQ(update({socket_of(7)}).front()->pid, nginx);
  end(nginx);
  EXPECT_TRUE(recheck());
  EXPECT_EQ(row(socket_of(7))->pid, worker);
}

TEST_F(OwnerCacheOf, NoticesAnOwnerThatHasClosedItsSocket) {
  start(nginx, "nginx");
  start(worker, "nginx");
  give(nginx, 7);
  give(worker, 7);
  update({socket_of(7)});
  take(nginx, 7);
  EXPECT_TRUE(recheck());
  EXPECT_EQ(row(socket_of(7))->pid, worker);
}

TEST_F(OwnerCacheOf, NoticesAnotherProcessOrProgramUnderTheSamePid) {
  start(nginx, "nginx", 500);
  give(nginx, 7);
  update({socket_of(7)});
  start(nginx, "nginx", 900);
  EXPECT_TRUE(recheck());
  EXPECT_EQ(row(socket_of(7))->start_ticks, 900);
  start(nginx, "python3", 900);
  EXPECT_TRUE(recheck());
  EXPECT_EQ(row(socket_of(7))->executable, "/usr/sbin/python3");
}

TEST_F(OwnerCacheOf, ChecksOwnersEvenWhenTheSocketsChangeAllTheTime) {
  start(nginx, "nginx");
  give(nginx, 7);
  update({socket_of(7)});
  end(nginx);
  start(worker, "nginx");
  give(worker, 7);
  EXPECT_EQ(update({socket_of(7), socket_of(8)}).front()->pid, worker);
}

TEST_F(OwnerCacheOf, EveryOwnerHasItsTurn) {
  constexpr int count = 40;
  std::vector<RawSocket> sockets;
  for (int i = 0; i < count; ++i) {
    const auto inode = static_cast<std::uint32_t>(100 + i);
    start(nginx + i, "service");
    give(nginx + i, inode);
    sockets.push_back(socket_of(inode));
  }
  update(sockets);
  for (int i = 0; i < count; ++i) start(nginx + i, "renamed");
  for (int i = 0; i < count; ++i) recheck();
  for (const auto& each : cache().rows(sockets)) EXPECT_EQ(each->process, "renamed");
}

TEST_F(OwnerCacheOf, AServiceThatGetsItsSocketFromSystemdIsFoundLater) {
  start(1, "systemd");
  give(1, 7);
  EXPECT_EQ(update({socket_of(7)}).front()->process, "systemd");
  start(nginx, "nginx");
  give(nginx, 7);
  clock_.advance(OwnerCache::retry_after);
  EXPECT_TRUE(recheck());
  EXPECT_EQ(row(socket_of(7))->pid, nginx);
}

TEST_F(OwnerCacheOf, ALookIsAlwaysFresh) {
  start(nginx, "nginx");
  give(nginx, 7);
  const std::vector<RawSocket> sockets{socket_of(7)};
  const auto scanned = update(sockets);
  EXPECT_EQ(cache().look(sockets), scanned);
  end(nginx);
  EXPECT_EQ(cache().look(sockets).front()->pid, 0);
  start(worker, "other");
  give(worker, 7);
  EXPECT_EQ(cache().look(sockets).front()->pid, worker);
}

TEST_F(OwnerCacheOf, ALookRemembersNothing) {
  cache().look(std::vector{socket_of(7)});
  EXPECT_EQ(cache().without_owner(), 0);
  EXPECT_FALSE(update({socket_of(7)}).front()->since);
}

}  // namespace
}  // namespace pm
