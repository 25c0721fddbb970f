// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>
#include <vector>

#include "base/descriptor.h"
#include "net/address.h"

namespace openimds {

struct SocketFence;

// Listening sockets that this process was given at its start: by a supervisor that opened them
// first (systemd's socket activation: LISTEN_FDS and LISTEN_PID), or by the program whose place it
// took (PassOn). Connections that wait there are not lost. Every thread may call everything.
class InheritedSockets {
 public:
  InheritedSockets() = default;  // none
  // Takes them from the environment, which says nothing of them from then on. Whatever is there
  // that does not listen is closed. To be called once, before there are other threads.
  static InheritedSockets Take();
  InheritedSockets(InheritedSockets&& other) noexcept
      : sockets_(std::move(other.sockets_)), passed_on_(other.passed_on_) {}

  // Those that listen at exactly this place: on this address, by this device or none, and in the
  // network namespace of the calling thread. None where the kernel does not tell namespaces apart
  // (before Linux 5.14), but for UNIX sockets, whose file must still be the one at the path.
  std::vector<Descriptor> Claim(const ListenAddress& address, const SocketFence& fence);

  // Whether a program before this one in the same process has passed them on.
  bool PassedOn() const { return passed_on_; }

  // Closes those that nobody has claimed; returns how many there were.
  std::size_t CloseRest();

 private:
  std::mutex mutex_;
  std::vector<Descriptor> sockets_;
  bool passed_on_ = false;
};

// All listening sockets of this process, once more: they go on listening when the first ones are
// closed, until PassOn() or their end.
std::vector<Descriptor> DuplicateListeningSockets();

// Leaves them to the program that this process executes next, which finds them with Take().
void PassOn(std::vector<Descriptor> sockets);

}  // namespace openimds
