#include "files/durable_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>

#include "app/unique_fd.h"
#include "exporters/fixtures.h"
#include "support/forked_process.h"

namespace pm {
namespace {

namespace fs = std::filesystem;
using test::read_text;
using test::TempFolder;
using test::write_text;

Expected<void> put(const fs::path& folder, const std::string& name, std::string_view text,
                   Existing existing) {
  auto staged = StagedFile::write(folder, text);
  if (!staged) return tl::unexpected(staged.error());
  return staged->publish(name, existing);
}

TEST(DurableFile, WritesAndReplaces) {
  const TempFolder folder;
  ASSERT_TRUE(put(folder.path(), "f", "first", Existing::replace));
  ASSERT_TRUE(put(folder.path(), "f", "", Existing::replace));
  EXPECT_EQ(read_text(folder / "f"), "");
  ASSERT_TRUE(put(folder.path(), "f", std::string(3 << 20, 'x'), Existing::replace));
  EXPECT_EQ(fs::file_size(folder / "f"), std::uintmax_t{3} << 20U);
  EXPECT_EQ(folder.names(), std::vector<std::string>{"f"});
}

TEST(DurableFile, ReplacedFileKeepsItsPermissions) {
  const TempFolder folder;
  ASSERT_TRUE(put(folder.path(), "f", "x", Existing::replace));
  fs::permissions(folder / "f", fs::perms::owner_read | fs::perms::owner_write);
  ASSERT_TRUE(put(folder.path(), "f", "y", Existing::replace));
  EXPECT_EQ(fs::status(folder / "f").permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST(DurableFile, KeepsWhatHasTheName) {
  const TempFolder folder;
  write_text(folder / "file", "mine");
  fs::create_directory(folder / "folder");
  fs::create_symlink("/nowhere", folder / "link");
  for (const auto* name : {"file", "folder", "link"}) {
    const auto result = put(folder.path(), name, "other", Existing::keep);
    ASSERT_FALSE(result) << name;
    EXPECT_EQ(result.error().code, ErrorCode::already_exists);
  }
  EXPECT_EQ(read_text(folder / "file"), "mine");
  EXPECT_EQ(folder.names(), (std::vector<std::string>{"file", "folder", "link"}));
}

TEST(DurableFile, AnotherNameAfterATakenOne) {
  const TempFolder folder;
  write_text(folder / "a", "mine");
  auto staged = StagedFile::write(folder.path(), "text");
  ASSERT_TRUE(staged);
  EXPECT_FALSE(staged->publish("a", Existing::keep));
  EXPECT_TRUE(staged->publish("b", Existing::keep));
  EXPECT_EQ(read_text(folder / "b"), "text");
}

TEST(DurableFile, ALinkIsReplacedNotFollowed) {
  const TempFolder folder;
  write_text(folder / "target", "precious");
  fs::create_symlink(folder / "target", folder / "link");
  ASSERT_TRUE(put(folder.path(), "link", "new", Existing::replace));
  EXPECT_EQ(read_text(folder / "target"), "precious");
  EXPECT_EQ(read_text(folder / "link"), "new");
}

TEST(DurableFile, FailuresLeaveNothingBehind) {
  const TempFolder folder;
  fs::create_directory(folder / "taken");
  const auto onto_folder = put(folder.path(), "taken", "x", Existing::replace);
  ASSERT_FALSE(onto_folder);
  EXPECT_EQ(onto_folder.error().code, ErrorCode::storage_failed);
  EXPECT_NE(onto_folder.error().message.find("taken"), std::string::npos);
  EXPECT_EQ(folder.names(), std::vector<std::string>{"taken"});

  const auto no_folder = put(folder / "missing", "f", "x", Existing::replace);
  ASSERT_FALSE(no_folder);
  EXPECT_EQ(no_folder.error().code, ErrorCode::storage_failed);
}

/// Lets no file of this process grow beyond `bytes`: a write fails half-way, as on a full disk.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : signal_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, signal_);
  }

 private:
  void (*signal_)(int);
  rlimit before_{};
};

TEST(DurableFile, AWriteThatFailsHalfWayChangesNothing) {
  const TempFolder folder;
  write_text(folder / "f", "old");
  Expected<void> result;
  {
    const FileSizeLimit limit(4096);
    result = put(folder.path(), "f", std::string(100000, 'x'), Existing::replace);
  }
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::storage_failed);
  EXPECT_EQ(read_text(folder / "f"), "old");
  EXPECT_EQ(folder.names(), std::vector<std::string>{"f"});
}

TEST(DurableFile, ErrorCodes) {
  EXPECT_EQ(storage_error(ENOSPC, "Writing").code, ErrorCode::storage_full);
  EXPECT_EQ(storage_error(EDQUOT, "Writing").code, ErrorCode::storage_full);
  EXPECT_EQ(storage_error(EIO, "Writing").code, ErrorCode::storage_failed);
  EXPECT_EQ(storage_error(EROFS, "Writing").code, ErrorCode::storage_failed);
  EXPECT_EQ(storage_error(EEXIST, "Writing").code, ErrorCode::already_exists);
  EXPECT_EQ(storage_error(ENOSPC, "Writing /f").message.rfind("Writing /f failed", 0), 0U);
}

void write_proc(const char* name, const std::string& text) {
  const UniqueFd fd(::open((std::string("/proc/self/") + name).c_str(), O_WRONLY | O_CLOEXEC));
  if (!fd || ::write(fd.get(), text.data(), text.size()) < 0) {
    throw std::system_error(errno, std::generic_category(), name);
  }
}

/// Mounts a disk of 64 KiB on the folder, for this process alone: nobody needs to be root for that.
void mount_small_disk(const fs::path& folder) {
  const auto user = "0 " + std::to_string(::geteuid()) + " 1";
  const auto group = "0 " + std::to_string(::getegid()) + " 1";
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) {
    throw std::system_error(errno, std::generic_category(), "unshare");
  }
  write_proc("uid_map", user);
  write_proc("setgroups", "deny");
  write_proc("gid_map", group);
  if (::mount("small", folder.c_str(), "tmpfs", 0, "size=64k") != 0) {
    throw std::system_error(errno, std::generic_category(), "mount");
  }
}

TEST(DurableFile, ADiskThatIsFull) {
  const TempFolder folder;
  test::ForkedProcess writer([&]() -> std::string {
    mount_small_disk(folder.path());
    const auto first = put(folder.path(), "f", "old", Existing::replace);
    if (!first) return "the small disk takes nothing: " + first.error().message;
    const auto second = put(folder.path(), "f", std::string(1 << 20, 'x'), Existing::replace);
    if (second) return "1 MiB went onto a disk of 64 KiB";
    if (folder.names() != std::vector<std::string>{"f"}) return "something is left behind";
    return std::string(to_string(second.error().code)) + ", " + read_text(folder / "f") + ", " +
           second.error().message;
  });
  if (writer.answer().starts_with("threw: ")) GTEST_SKIP() << writer.answer();
  EXPECT_EQ(writer.answer(), "storage_full, old, Writing to " + folder.path().string() +
                                 " failed: No space left on device. Free some space and try "
                                 "again.");
}

TEST(DurableFile, MakesFoldersPrivateToTheGroup) {
  const TempFolder folder;
  ASSERT_TRUE(ensure_folder(folder / "a/b"));
  ASSERT_TRUE(ensure_folder(folder / "a/b"));
  EXPECT_EQ(fs::status(folder / "a/b").permissions() & fs::perms::others_all, fs::perms::none);

  write_text(folder / "file", "");
  const auto onto_file = ensure_folder(folder / "file");
  ASSERT_FALSE(onto_file);
  EXPECT_EQ(onto_file.error().code, ErrorCode::storage_failed);
}

}  // namespace
}  // namespace pm
