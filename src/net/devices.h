// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <string>

#include "base/descriptor.h"
#include "base/result.h"

namespace openimds {

// A network device of our network namespace, by the kernel's own words.
struct NetworkDevice {
  unsigned index = 0;   // a device that is made again under its name has another one
  unsigned bridge = 0;  // the index of the device that it is a port of; 0: of none
};
using NetworkDevices = std::map<std::string, NetworkDevice, std::less<>>;

// Asks the kernel for all of them. Fails with kListenFailed.
Result<NetworkDevices> ReadDevices();

// Hears of devices and addresses that come, change or go. One thread.
class DeviceWatch {
 public:
  // Fails with kListenFailed.
  static Result<DeviceWatch> Open();

  int fd() const { return socket_.get(); }  // readable when something may have changed
  void Drain();                             // forgets what was heard so far

 private:
  explicit DeviceWatch(Descriptor socket) : socket_(std::move(socket)) {}
  Descriptor socket_;
};

}  // namespace openimds
