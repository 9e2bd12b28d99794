#include "domain/judge_listener.h"
