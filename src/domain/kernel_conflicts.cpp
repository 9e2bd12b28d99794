#include "domain/kernel_conflicts.h"
