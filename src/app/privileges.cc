// SPDX-License-Identifier: Apache-2.0
#include "app/privileges.h"

#include <sys/capability.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <vector>

namespace openimds {
namespace {

struct FreeCapabilities {
  void operator()(_cap_struct* set) const { cap_free(set); }
};
using Capabilities = std::unique_ptr<_cap_struct, FreeCapabilities>;

bool Has(const Capabilities& set, cap_value_t capability, cap_flag_t flag) {
  cap_flag_value_t value = CAP_CLEAR;
  return cap_get_flag(set.get(), capability, flag, &value) == 0 && value == CAP_SET;
}

// Root keeps its way with files and users: the state may be another's folder.
bool IsPutAside(cap_value_t capability) {
  if (geteuid() != 0) return true;
  switch (capability) {
    case CAP_NET_ADMIN:
    case CAP_NET_BIND_SERVICE:
    case CAP_NET_RAW:
    case CAP_SYS_ADMIN:
    case CAP_SYS_MODULE:
    case CAP_SYS_PTRACE:
    case CAP_SYS_BOOT:
    case CAP_SYS_RAWIO:
    case CAP_BPF:
    case CAP_PERFMON:
    case CAP_MKNOD:
      return true;
    default:
      return false;
  }
}

// What of that this thread may have: in effect from here on, or not.
void SetInEffect(cap_flag_value_t value) {
  const Capabilities set(cap_get_proc());
  if (!set) return;
  std::vector<cap_value_t> aside;
  for (cap_value_t capability = 0; capability <= cap_max_bits() - 1; ++capability) {
    if (Has(set, capability, CAP_PERMITTED) && IsPutAside(capability)) aside.push_back(capability);
  }
  if (aside.empty()) return;
  const auto count = static_cast<int>(aside.size());
  if (value == CAP_CLEAR) {
    for (const cap_value_t one : aside) cap_set_ambient(one, CAP_CLEAR);
  }
  cap_set_flag(set.get(), CAP_EFFECTIVE, count, aside.data(), value);
  cap_set_proc(set.get());
  if (value == CAP_CLEAR) return;
  for (const cap_value_t one : aside) {
    if (Has(set, one, CAP_INHERITABLE)) cap_set_ambient(one, CAP_SET);
  }
}

std::atomic<bool> put_aside = false;  // else scopes have nothing to do
thread_local int depth = 0;

}  // namespace

void PutPrivilegesAside() {
  put_aside = true;
  SetInEffect(CAP_CLEAR);
}

void LeavePrivileges() { SetInEffect(CAP_SET); }

PrivilegedScope::PrivilegedScope() : outermost_(put_aside && depth++ == 0) {
  if (outermost_) SetInEffect(CAP_SET);
}

PrivilegedScope::~PrivilegedScope() {
  if (put_aside) --depth;
  if (outermost_) SetInEffect(CAP_CLEAR);
}

}  // namespace openimds
