#include "domain/health_rules.h"
