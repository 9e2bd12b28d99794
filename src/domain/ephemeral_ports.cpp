#include "domain/ephemeral_ports.h"
