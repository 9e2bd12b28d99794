#include "store/ledger.h"

#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Transaction.h>

#include <chrono>
#include <utility>

#include "domain/assignment_rules.h"
#include "store/port_ranges.h"
#include "store/registry_loader.h"
#include "store/storage_error.h"

namespace pm {
namespace {

/// Runs the rule on a draft of its own. What it throws is a defect in it, and its caller's alone.
Expected<Draft> decide(const Registry& base, const CommitRequest& request) {
  try {
    Draft draft(base, request.context);
    if (auto decided = request.rule(draft); !decided) return tl::unexpected(decided.error());
    draft.reconcile_conflicts();
    return draft;
  } catch (const std::exception& thrown) {
    return fail(ErrorCode::internal,
                std::string("The change could not be worked out: ") + thrown.what());
  } catch (...) {
    return fail(ErrorCode::internal, "The change could not be worked out.");
  }
}

}  // namespace

Ledger::Ledger(Connection connection, std::shared_ptr<const SuiteConfig> config, Options options)
    : connection_(std::move(connection)),
      config_(std::move(config)),
      options_(std::move(options)),
      writer_(connection_, options_.outbox_targets) {
  {
    const SQLite::Transaction one_moment(connection_.database());
    data_version_ = connection_.number("data_version");
    state_ = std::make_shared<const Registry>(load_registry(connection_, config_));
  }
  write_port_ranges(connection_, *config_, state_->revision());
}

Expected<std::vector<Ledger::Answer>> Ledger::commit(std::span<const CommitRequest> requests) {
  std::optional<SQLite::Transaction> transaction;
  try {
    begin(transaction);
  } catch (const std::exception& thrown) {
    // Nothing of the requests was looked at, so trying them one by one would not help any of them.
    return std::vector<Answer>(requests.size(), tl::unexpected(error_of(thrown)));
  }
  try {
    return decide_and_write(requests, *transaction);
  } catch (const std::exception& thrown) {
    return tl::unexpected(error_of(thrown));
  }
}

Expected<void> Ledger::take_over_outside_changes() {
  try {
    if (connection_.number("data_version") == data_version_) return {};
    std::optional<SQLite::Transaction> transaction;
    begin(transaction);
    return {};
  } catch (const std::exception& thrown) {
    return tl::unexpected(error_of(thrown));
  }
}

Expected<bool> Ledger::write_aside(const AsideWork& work) {
  try {
    connection_.set_writes(Connection::Writes::relaxed);
    SQLite::Transaction transaction(connection_.database(), SQLite::TransactionBehavior::IMMEDIATE);
    work(connection_);
    transaction.commit();
    return true;
  } catch (const std::exception& thrown) {
    if (is_busy(thrown)) return false;
    return tl::unexpected(error_of(thrown));
  }
}

std::vector<CommitNotice> Ledger::take_notices() {
  return std::exchange(notices_, {});
}

// Nobody else can write between the look at data_version and the end of the transaction.
void Ledger::begin(std::optional<SQLite::Transaction>& transaction) {
  connection_.set_writes(Connection::Writes::durable);
  for (;;) {
    transaction.emplace(connection_.database(), SQLite::TransactionBehavior::IMMEDIATE);
    const auto data_version = connection_.number("data_version");
    if (data_version == data_version_) return;
    take_over(*transaction, data_version);
    transaction.reset();
  }
}

void Ledger::take_over(SQLite::Transaction& transaction, std::int64_t data_version) {
  auto registry = load_registry(connection_, config_);
  registry.restore_counters({state_->next_sequence(), state_->next_move_id(),
                             state_->next_conflict_id(), registry.ports_reassigned()});
  const ChangeContext context{"external", "Another program wrote to the database.", "",
                              options_.now()};
  if (registry.revision() <= state_->revision()) {
    registry.set_revision(state_->revision() + 1);
    writer_.write_revision("external", context, registry.revision());
  }
  if (registry.next_sequence() != state_->next_sequence()) {
    writer_.write_next_sequence(registry.next_sequence(), registry.revision());
  }
  const auto taken_over = std::make_shared<const Registry>(std::move(registry));
  auto rechecked = follow_up(*state_, *taken_over);
  transaction.commit();
  data_version_ = data_version;
  state_ = rechecked ? rechecked->registry : taken_over;
  auto changes = std::make_shared<ChangeSet>();
  changes->action = "external";
  // Not with the registry that the recheck led to: who compares would be told of it twice.
  notices_.push_back({taken_over->revision(), context, std::move(changes), taken_over});
  if (rechecked) notices_.push_back(std::move(*rechecked));
}

std::optional<CommitNotice> Ledger::follow_up(const Registry& before, const Registry& taken_over) {
  const ChangeContext context{config_->self_id, "Follows from what another program wrote.", "",
                              options_.now()};
  Draft draft(taken_over, context);
  announce_port_changes(draft, before);
  recheck(draft);
  draft.reconcile_conflicts();
  if (draft.empty()) return std::nullopt;
  auto changes = std::make_shared<const ChangeSet>(draft.changes());
  auto registry = record(std::move(draft), context, taken_over);
  const auto revision = registry->revision();
  return CommitNotice{revision, context, std::move(changes), std::move(registry)};
}

std::vector<Ledger::Answer> Ledger::decide_and_write(std::span<const CommitRequest> requests,
                                                     SQLite::Transaction& transaction) {
  auto current = state_;
  std::vector<Answer> answers;
  std::vector<CommitNotice> notices;
  for (const auto& request : requests) {
    auto draft = decide(*current, request);
    if (!draft) {
      answers.emplace_back(tl::unexpected(draft.error()));
      continue;
    }
    if (!draft->empty()) {
      auto changes = std::make_shared<const ChangeSet>(draft->changes());
      current = record(std::move(*draft), request.context, *current);
      notices.push_back({current->revision(), request.context, std::move(changes), nullptr});
    }
    answers.emplace_back(Committed{current->revision(), current});
  }
  if (notices.empty()) return answers;
  const auto begun = std::chrono::steady_clock::now();
  transaction.commit();
  notices.back().group_size = notices.size();
  notices.back().disk_time = std::chrono::steady_clock::now() - begun;
  state_ = current;
  for (auto& notice : notices) {
    notice.registry = current;
    notices_.push_back(std::move(notice));
  }
  return answers;
}

Snapshot Ledger::record(Draft draft, const ChangeContext& context, const Registry& before) {
  const auto revision = before.revision() + 1;
  writer_.write(draft.changes(), context, revision);
  auto registry = std::move(draft).take_registry();
  if (registry.next_sequence() != before.next_sequence()) {
    writer_.write_next_sequence(registry.next_sequence(), revision);
  }
  registry.set_revision(revision);
  return std::make_shared<const Registry>(std::move(registry));
}

Error Ledger::error_of(const std::exception& thrown) const {
  return storage_error(thrown, connection_.system_error(), connection_.path());
}

}  // namespace pm
