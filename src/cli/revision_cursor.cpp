#include "cli/revision_cursor.h"

namespace pm {

void RevisionCursor::connected(std::int64_t revision, bool is_complete) {
  current_ = 0;
  place_ = 0;
  if (complete_ && is_complete) return;
  complete_ = revision;
  told_revision_ = 0;
  told_ = 0;
}

bool RevisionCursor::is_news(std::int64_t revision, bool has_more) {
  if (complete_ && revision <= *complete_) return false;
  if (revision != current_) {
    // The last message of a revision may be one that was not asked for.
    if (current_ != 0) complete_ = current_;
    current_ = revision;
    place_ = 0;
  }
  ++place_;
  const bool was_told = revision == told_revision_ && place_ <= told_;
  if (!was_told) {
    told_revision_ = revision;
    told_ = place_;
  }
  if (!has_more) complete_ = revision;
  return !was_told;
}

}  // namespace pm
