#pragma once

#include "domain/model.h"

namespace pm {

/// What is kept of a service between two checks.
struct HealthStreak {
  int against{0};  ///< checks in a row that contradicted the status
};

/// How the monitor's checks change a status, with hysteresis: one odd answer changes nothing.
/// `unknown` is left by the first answer; but a port on which nobody listens leaves it unknown: a
/// service that was never seen is not a sick one. `healthy` is left after two checks in a row that
/// found it ill or gone, `unhealthy` after two that found it well. Pure.
HealthStatus next_status(HealthStatus present, bool healthy, bool listening, HealthStreak& streak);

/// The contradicting checks in a row that it takes.
inline constexpr int health_threshold = 2;

}  // namespace pm
