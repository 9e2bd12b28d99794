#include "exporters/regular_file.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "exporters/fixtures.h"

namespace pm {
namespace {

namespace fs = std::filesystem;
using test::TempFolder;
using test::write_text;

TEST(RegularFile, ReadsEveryByte) {
  const TempFolder folder;
  std::string text;
  for (int i = 0; i < 300000; ++i) text.push_back(static_cast<char>(i * 7));
  write_text(folder / "f", text);
  EXPECT_EQ(read_regular_file(folder.path(), "f"), text);
}

TEST(RegularFile, NothingButFiles) {
  const TempFolder folder;
  write_text(folder / "file", "secret");
  fs::create_symlink("file", folder / "link");
  fs::create_symlink("nowhere", folder / "dangling");
  fs::create_directory(folder / "folder");
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  const UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const auto path = (folder / "socket").string();
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);

  for (const auto* name : {"link", "dangling", "folder", "pipe", "socket"}) {
    const auto text = read_regular_file(folder.path(), name);
    ASSERT_FALSE(text) << name;
    EXPECT_EQ(text.error().code, ErrorCode::invalid_name) << name;
  }
}

TEST(RegularFile, MissingFileOrFolder) {
  const TempFolder folder;
  EXPECT_EQ(read_regular_file(folder.path(), "f").error().code, ErrorCode::not_found);
  EXPECT_EQ(read_regular_file(folder / "none", "f").error().code, ErrorCode::not_found);
}

TEST(RegularFile, SizeLimit) {
  const TempFolder folder;
  write_text(folder / "f", "");
  fs::resize_file(folder / "f", max_text_size);
  EXPECT_EQ(read_regular_file(folder.path(), "f")->size(), max_text_size);
  fs::resize_file(folder / "f", max_text_size + 1);
  EXPECT_EQ(read_regular_file(folder.path(), "f").error().code, ErrorCode::out_of_bounds);
}

}  // namespace
}  // namespace pm
