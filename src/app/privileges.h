// SPDX-License-Identifier: Apache-2.0
#pragma once

// Capabilities (capabilities(7)) that the service may have been given for the doors of guests. They
// are put aside at the start and are in effect only where a scope says so: on one thread, for the
// moment that something is opened. No other thread has them, and no program that is started
// outside of a scope.
namespace openimds {

// Of the whole process. To be called before there are other threads. For root, whose rights to
// files are capabilities too, only those over the network, namespaces and the like are put aside.
void PutPrivilegesAside();

// Before this process executes another program, which is to have what this one was given.
void LeavePrivileges();

// The calling thread, and what it starts, has them for as long as this lives. Scopes may nest.
class PrivilegedScope {
 public:
  PrivilegedScope();
  ~PrivilegedScope();
  PrivilegedScope(const PrivilegedScope&) = delete;
  PrivilegedScope& operator=(const PrivilegedScope&) = delete;

 private:
  bool outermost_;
};

}  // namespace openimds
