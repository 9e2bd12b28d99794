#include "store/database_inspection.h"

#include <gmock/gmock.h>

#include <fstream>

#include "store_support.h"

namespace pm::test {
namespace {

using testing::HasSubstr;

class DatabaseInspection : public testing::Test {
 protected:
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& file : std::filesystem::directory_iterator(folder_.path())) {
      names.push_back(file.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  StoreFolder folder_;
};

TEST_F(DatabaseInspection, OfOneThatIsAtRestMakesNoFile) {
  { const auto store = open_store(folder_.database()); }
  std::filesystem::remove(folder_.database().string() + "-wal");
  std::filesystem::remove(folder_.database().string() + "-shm");
  const auto before = files();
  EXPECT_TRUE(inspect_database(folder_.database()));
  EXPECT_EQ(files(), before);
}

TEST_F(DatabaseInspection, OfOneThatIsInUseSeesIt) {
  const auto store = open_store(folder_.database());
  ASSERT_TRUE(store->commit(context_of("me"), rule_of(placed("alpha", 8000, 1))));
  EXPECT_TRUE(inspect_database(folder_.database()));
  EXPECT_TRUE(store->commit(context_of("me"), rule_of(placed("beta", 8001, 2))))
      << "and does not stand in its way";
}

TEST_F(DatabaseInspection, FindsADamagedOne) {
  { const auto store = open_store(folder_.database()); }
  {
    std::fstream file(folder_.database(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(3 * 4096);
    file << std::string(2 * 4096UL, '\xee');
  }
  const auto found = inspect_database(folder_.database());
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::storage_failed);
  EXPECT_THAT(found.error().message, HasSubstr(folder_.database().string()));
}

TEST_F(DatabaseInspection, FindsWhatIsNoDatabaseAndWhatIsNotThere) {
  EXPECT_EQ(inspect_database(folder_.database()).error().code, ErrorCode::not_found);
  std::ofstream(folder_.database()) << std::string(5'000, 'x');
  EXPECT_THAT(inspect_database(folder_.database()).error().message, HasSubstr("cannot be read"));
  EXPECT_EQ(inspect_database(folder_.path()).error().code, ErrorCode::storage_failed);
}

TEST_F(DatabaseInspection, APathThatLooksLikeAUriIsAPath) {
  const auto odd = folder_.path() / "a?b#c%41";
  std::filesystem::create_directory(odd);
  { const auto store = open_store(odd / "portmanager.db"); }
  std::filesystem::remove(odd / "portmanager.db-wal");
  EXPECT_TRUE(inspect_database(odd / "portmanager.db"));
}

}  // namespace
}  // namespace pm::test
