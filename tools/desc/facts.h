#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>
namespace tether::desc {
struct Constant { std::optional<std::uint64_t> value[2]; std::string header; };
struct CField { std::string name; long offset[2]; long size[2]; char kind; std::vector<long> counts; std::string c_type; bool alt=false; int bits=0; long bit_offset[2]={0,0}; };
struct CStruct { long size[2]; std::vector<CField> fields; };
struct CallFact { std::string name, entry; std::vector<std::pair<std::string,std::string>> args; bool known=false; };
struct IoctlFact { std::string name; std::string code[2]; std::string direction, type; };
struct Facts {
  std::unordered_map<std::string, Constant> constants;
  std::map<std::string, std::vector<std::string>> headers;
  std::unordered_map<std::string, std::vector<std::string>> enums;
  std::unordered_map<std::string, CStruct> structs;
  std::map<std::uint32_t, CallFact> calls[2];
  std::vector<IoctlFact> ioctls;
};
Facts load_facts(const std::string& directory);
}
