#include <sys/stat.h>

#include "cli/doctor_checks.h"

namespace pm {
namespace {

constexpr unsigned int others_may_write = S_IWOTH;
constexpr unsigned int others_may = S_IRWXO | S_IRWXG;

Finding token_file(const DoctorFacts::File& file) {
  const auto path = file.path.string();
  if ((file.mode & others_may) == 0) {
    return {"token-file", Verdict::ok, "Only its owner may read " + path + ".", ""};
  }
  return {"token-file", Verdict::warning, "Others than its owner may read " + path + ".",
          "chmod 600 " + path};
}

Finding database(const DoctorFacts& facts) {
  if (facts.locked_by) {
    return {"database", Verdict::failure,
            "Another program keeps the database in " + facts.data_dir +
                " locked, and changes fail: " + *facts.locked_by + ".",
            "End its transaction, or the program."};
  }
  if (facts.database) {
    return {"database", Verdict::ok, "SQLite finds the database in " + facts.data_dir + " sound.",
            ""};
  }
  const auto& error = facts.database.error();
  return {"database", Verdict::failure, error.message,
          error.code == ErrorCode::not_found
              ? "Name the folder that the server has as --data-dir."
              : "docs/operations.md tells how to go back to a backup of the whole database. Run "
                "this as the user of the server."};
}

Finding permissions(const DoctorFacts& facts) {
  if (!facts.data_folder || !facts.database_file) {
    return {"permissions", Verdict::unknown, "The files in " + facts.data_dir + " are not seen.",
            ""};
  }
  for (const auto& file : {*facts.data_folder, *facts.database_file}) {
    if ((file.mode & others_may_write) != 0) {
      return {"permissions", Verdict::failure, "Everybody may write " + file.path.string() + ".",
              "chmod o-w " + file.path.string()};
    }
  }
  if (facts.data_folder->owner != facts.database_file->owner) {
    return {"permissions", Verdict::warning,
            "The folder " + facts.data_dir + " and the database in it have different owners.",
            "chown -R them to the user that the server runs as."};
  }
  return {"permissions", Verdict::ok,
          "Nobody but the server's user and group may write in " + facts.data_dir + ".", ""};
}

}  // namespace

std::vector<Finding> examine_files(const DoctorFacts& facts) {
  std::vector<Finding> findings;
  if (facts.token_file) findings.push_back(token_file(*facts.token_file));
  if (facts.data_dir.empty()) return findings;
  findings.push_back(database(facts));
  findings.push_back(permissions(facts));
  return findings;
}

}  // namespace pm
