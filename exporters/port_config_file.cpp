#include "exporters/port_config_file.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <utility>

#include "app/rfc3339.h"
#include "exporters/port_config_codec.h"
#include "exporters/regular_file.h"
#include "files/durable_file.h"

namespace pm {
namespace {

using std::chrono::steady_clock;

constexpr auto write_interval = std::chrono::milliseconds(100);
constexpr auto retry_interval = std::chrono::seconds(1);
constexpr const char* time_member = "last_updated";

/// Faults of the content, as opposed to those of the disk or of what kind of file it is.
bool is_broken_content(ErrorCode code) {
  return code == ErrorCode::invalid_json || code == ErrorCode::invalid_shape ||
         code == ErrorCode::out_of_bounds;
}

}  // namespace

PortConfigFile::PortConfigFile(const std::filesystem::path& file, const Clock& clock)
    : folder_(file.has_parent_path() ? file.parent_path() : std::filesystem::path(".")),
      name_(file.filename().string()),
      clock_(clock),
      thread_([this] { run(); }) {}

PortConfigFile::~PortConfigFile() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void PortConfigFile::notify(Snapshot snapshot) {
  {
    const std::lock_guard lock(mutex_);
    if (snapshot->revision() < newest_) return;
    newest_ = snapshot->revision();
    ++given_;
    // What was there goes with `snapshot`, when the mutex is free again.
    pending_.swap(snapshot);
  }
  wake_.notify_one();
}

bool PortConfigFile::flush(std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  const auto target = given_;
  ++flushing_;
  wake_.notify_one();
  const bool done = settled_.wait_for(lock, limit, [&] { return written_ >= target; });
  --flushing_;
  return done;
}

void PortConfigFile::run() {
  std::unique_lock lock(mutex_);
  auto earliest = steady_clock::now();
  while (true) {
    wake_.wait(lock, [&] { return stopping_ || pending_; });
    if (!pending_) return;
    wake_.wait_until(lock, earliest, [&] { return stopping_ || flushing_ > 0; });

    const bool last_try = stopping_;
    const auto taken = given_;
    auto snapshot = std::exchange(pending_, nullptr);
    lock.unlock();
    const auto result = write(*snapshot);
    report(result);
    lock.lock();

    earliest = steady_clock::now() + write_interval;
    if (result) {
      written_ = taken;
      settled_.notify_all();
      continue;
    }
    if (last_try) return;
    // A flush does not hurry a disk that refuses; only a newer state does.
    wake_.wait_for(lock, retry_interval, [&] { return stopping_ || pending_; });
    if (!pending_) pending_ = std::move(snapshot);
  }
}

Expected<void> PortConfigFile::write(const Registry& registry) const {
  auto staged = StagedFile::write(folder_, render_port_config(registry, clock_.now(), time_member));
  if (!staged) return tl::unexpected(staged.error());
  return staged->publish(name_, Existing::replace);
}

void PortConfigFile::report(const Expected<void>& written) {
  if (written) {
    if (!last_failure_.empty()) spdlog::info("{} is written again", (folder_ / name_).string());
    last_failure_.clear();
  } else if (written.error().message != last_failure_) {
    last_failure_ = written.error().message;
    spdlog::error("{} It is tried again every second; the registry itself is not affected.",
                  last_failure_);
  }
}

Expected<void> PortConfigFile::write_now(const Snapshot& snapshot) {
  if (auto folder = ensure_folder(folder_); !folder) return folder;
  const auto path = (folder_ / name_).string();
  const auto found = read_regular_file(folder_, name_).and_then([&](const std::string& text) {
    return parse_port_config(text, path);
  });
  if (!found && found.error().code != ErrorCode::not_found) {
    // A service id that is not one is `invalid_name` too, but then there is a member to blame.
    if (!is_broken_content(found.error().code) && found.error().field.empty()) {
      return tl::unexpected(found.error());
    }
    if (auto moved = move_aside(found.error()); !moved) return moved;
  }
  if (found) {
    const auto wanted =
        parse_port_config(render_port_config(*snapshot, clock_.now(), time_member), "The registry");
    if (wanted && *found == *wanted) return {};
  }
  return write(*snapshot);
}

Expected<void> PortConfigFile::move_aside(const Error& fault) const {
  const auto file = folder_ / name_;
  for (auto at = clock_.now();; at += std::chrono::seconds(1)) {
    const auto aside = fmt::format("{}.broken-{}", file.string(), to_file_stamp(at));
    auto moved = rename_durably(file, aside, Existing::keep);
    if (!moved && moved.error().code == ErrorCode::already_exists) continue;
    if (moved) spdlog::warn("{} It was moved to {}; a new one is written.", fault.message, aside);
    return moved;
  }
}

}  // namespace pm
