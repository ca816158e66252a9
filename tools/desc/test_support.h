#pragma once
// For tests: small facts, descriptions from a string, and resolved calls as text.

#include <string>
#include <vector>

#include "tools/desc/resolver.h"

namespace tether::desc::testing {

/// <linux/t.h> and a handful of system calls; test_support.cc shows them.
const Facts& small_facts();

/// The messages for a description, as the file "t.desc".
std::vector<std::string> messages(const std::string& text);
/// The one message that there must be; all of them, a line each, if there are more.
std::string only_message(const std::string& text);

/// A call's node in words, or the messages if there are any:
/// "read(fd: fd, buf: out bytes[ret], count: size) -> size". Numbers stand for what only tables know (widths, offsets).
std::string show_call(const std::string& text, const std::string& name, Abi abi = Abi::X86_64);

/// The members of a named set with their values, in table order: "A=0x1 B=0x2".
std::string show_set(const std::string& text, const std::string& name);

}  // namespace tether::desc::testing
