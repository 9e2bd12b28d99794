#include "domain/health_rules.h"

namespace pm {

HealthStatus next_status(HealthStatus present, bool healthy, bool listening, HealthStreak& streak) {
  const auto found = healthy ? HealthStatus::healthy : HealthStatus::unhealthy;
  if (present == HealthStatus::unknown) {
    streak.against = 0;
    return healthy || listening ? found : HealthStatus::unknown;
  }
  if (found == present) {
    streak.against = 0;
    return present;
  }
  if (++streak.against < health_threshold) return present;
  streak.against = 0;
  return found;
}

}  // namespace pm
