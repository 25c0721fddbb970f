// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "extension/handler/service_folder.h"

namespace openimds::extension {

// What is kept running, and where a service of systemd would be written down.
struct KeptProgram {
  std::filesystem::path program;
  std::filesystem::path package_folder;
  std::filesystem::path log_folder;
  std::filesystem::path systemd_units = "/etc/systemd/system";
  std::filesystem::path systemd_marker = "/run/systemd/system";  // there while systemd runs
};

// Who sees to it that the guard runs: systemd, or nobody but itself.
class DaemonKeeper {
 public:
  virtual ~DaemonKeeper() = default;

  // Has the guard running, with the settings as they are now: started if it was not there, told to
  // read them anew if it was. Fails with kHandlerDaemon.
  virtual Result<void> Keep() = 0;

  // Guard and daemon are gone when it returns, and stay away over a restart of the machine. Fails
  // with kHandlerDaemon if one of them cannot be ended.
  virtual Result<void> Release() = 0;

  // What Keep() wrote elsewhere is gone, too. REQUIRES: Release().
  virtual void Forget() = 0;
};

// The guard in a session of its own.
std::unique_ptr<DaemonKeeper> KeepByItself(KeptProgram kept);

// As `azuremsixtn.service`, the name under which people know it. `systemctl` is called with
// arguments and fails with what it said.
using Systemctl = std::function<Result<void>(const std::vector<std::string>& arguments)>;
std::unique_ptr<DaemonKeeper> KeepBySystemd(KeptProgram kept, Systemctl systemctl);

// Which of the two this machine has.
std::unique_ptr<DaemonKeeper> MakeDaemonKeeper(KeptProgram kept);

// The unit's text; old versions of systemd pass over what they do not know. Pure.
std::string RenderUnit(const KeptProgram& kept);

}  // namespace openimds::extension
