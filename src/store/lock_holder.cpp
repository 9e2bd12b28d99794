#include "store/lock_holder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "app/unique_fd.h"

namespace pm {
namespace {

using std::chrono::milliseconds;

/// The bytes whose locks keep others from writing (sqlite.org/fileformat2.html and
/// sqlite.org/walformat.html, "WAL locks"): WAL_WRITE_LOCK and WAL_RECOVER_LOCK of the -shm file,
/// and of the database itself what a writer in exclusive or in no WAL mode has.
struct LockedBytes {
  const char* suffix;
  off_t first;
  off_t count;
};
constexpr std::array<LockedBytes, 3> writers_bytes{
    {{"-shm", 120, 1}, {"-shm", 122, 1}, {"", 0x40000000, 512}}};

std::string name_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/comm");
  std::string name;
  std::getline(file, name);
  return name;
}

LockHolder holder_of(pid_t pid) {
  return pid > 0 ? LockHolder{pid, name_of(pid)} : LockHolder{};
}

/// A line of /proc/locks (proc_locks(5)).
struct ListedLock {
  std::string kind;    ///< "POSIX", "FLOCK", ...
  std::string access;  ///< "READ", "WRITE"
  pid_t pid{0};
  std::string file;  ///< "MAJOR:MINOR:INODE", the first two in hexadecimal
  off_t first{0};
  std::optional<off_t> last;  ///< unset: to the end of the file
};

std::optional<off_t> number_of(const std::string& text) {
  off_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// Unset for one that waits ("1: -> POSIX ...").
std::optional<ListedLock> read_line(const std::string& line) {
  std::istringstream words(line);
  std::string number;
  std::string manner;
  std::string first;
  std::string last;
  ListedLock lock;
  words >> number >> lock.kind >> manner >> lock.access >> lock.pid >> lock.file >> first >> last;
  if (!words || lock.kind == "->") return std::nullopt;
  lock.first = number_of(first).value_or(0);
  lock.last = number_of(last);
  return lock;
}

std::string listed_name(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return "";
  std::array<char, 64> name{};
  std::snprintf(name.data(), name.size(), "%02x:%02x:%ju", major(status.st_dev),
                minor(status.st_dev), static_cast<std::uintmax_t>(status.st_ino));
  return name.data();
}

/// The first of the locks that is of another process and as `is_wanted` says.
template <typename IsWanted>
std::optional<pid_t> find_listed(IsWanted is_wanted) {
  std::ifstream locks("/proc/locks");
  std::string line;
  while (std::getline(locks, line)) {
    const auto lock = read_line(line);
    if (lock && lock->pid != ::getpid() && is_wanted(*lock)) return lock->pid;
  }
  return std::nullopt;
}

bool overlaps(const ListedLock& lock, const LockedBytes& bytes) {
  return lock.first < bytes.first + bytes.count && (!lock.last || *lock.last >= bytes.first);
}

/// See FileLock.
std::optional<pid_t> port_manager_of(const std::filesystem::path& database) {
  const auto name = listed_name(database.string() + ".lock");
  return find_listed(
      [&](const ListedLock& lock) { return lock.kind == "FLOCK" && lock.file == name; });
}

}  // namespace

std::string describe(const LockHolder& holder) {
  if (holder.pid <= 0) return "a process that is not seen from here";
  const auto process = "process " + std::to_string(holder.pid);
  return holder.name.empty() ? process : holder.name + " (" + process + ")";
}

std::optional<LockHolder> listed_lock_holder(const std::filesystem::path& database) {
  for (const auto& bytes : writers_bytes) {
    const auto name = listed_name(database.string() + bytes.suffix);
    const auto pid = find_listed([&](const ListedLock& lock) {
      return lock.kind == "POSIX" && lock.access == "WRITE" && lock.file == name &&
             overlaps(lock, bytes);
    });
    if (pid) return holder_of(*pid);
  }
  return std::nullopt;
}

std::optional<LockHolder> asked_lock_holder(const std::filesystem::path& database) {
  for (const auto& bytes : writers_bytes) {
    const auto path = database.string() + bytes.suffix;
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) continue;
    struct flock lock {};
    lock.l_type = F_RDLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = bytes.first;
    lock.l_len = bytes.count;
    if (::fcntl(file.get(), F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK) {
      return holder_of(lock.l_pid);
    }
  }
  return std::nullopt;
}

std::optional<LockHolder> lasting_lock_holder(const std::filesystem::path& database, Clock& clock) {
  constexpr milliseconds patience{2'000};
  constexpr milliseconds between{20};
  auto first = asked_lock_holder(database);
  if (!first || first->pid == port_manager_of(database)) return std::nullopt;
  const auto deadline = clock.steady_now() + patience;
  while (clock.steady_now() < deadline) {
    if (!clock.pause(between)) return std::nullopt;
    const auto now = asked_lock_holder(database);
    if (!now || now->pid != first->pid) return std::nullopt;
  }
  return first;
}

}  // namespace pm
