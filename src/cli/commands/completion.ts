// `makespan completion`: the script with which a shell completes commands, options and their values.
import { basename } from "node:path";
import { refuse } from "../../model/errors.ts";
import type { Command } from "../command.ts";
import { ExitCode } from "../exit-codes.ts";

const SHELLS = ["bash", "zsh"] as const;

export const completionCommand: Command = {
  name: "completion",
  summary: "print the script for completion in bash or zsh",
  argument: { name: "shell", summary: "bash or zsh; default: by $SHELL", optional: true, choices: async () => SHELLS },
  options: {},
  examples: [
    ["completion bash >> ~/.bashrc", "completes commands, options, policies and bundled scenarios in bash"],
    ["completion zsh >> ~/.zshrc", "the same in zsh"],
  ],
  async run({ given }, terminal) {
    const [shell = usersShell()] = given;
    terminal.result(shell === "zsh" ? ZSH : BASH);
    return ExitCode.ok;
  },
};

/** The shell that $SHELL names; bash where it is not set. */
function usersShell(): string {
  const path = process.env["SHELL"] || "bash";
  const name = basename(path);
  if (SHELLS.some((shell) => shell === name)) return name;
  return refuse(
    `completion: $SHELL is ${path}, and shell "${name}" is not known; name one that is, as in makespan completion ${SHELLS[0]}`,
  );
}

/** bash breaks words at = and : on its own; what has no candidates is completed as a file's name. */
const BASH = `# completion of makespan in bash
_makespan() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" IFS=$'\\n'
  COMPREPLY=($(makespan --complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
  [[ "\${COMPREPLY[*]}" == *,* && -n "$cur" ]] && compopt -o nospace
}
complete -o bashdefault -o default -F _makespan makespan
`;

const ZSH = `#compdef makespan
# completion of makespan in zsh
_makespan() {
  local -a candidates
  candidates=("\${(@f)$(makespan --complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${candidates[*]}" ]]; then compadd -- "\${candidates[@]}"; else _files; fi
}
if [[ "\${funcstack[1]}" == _makespan ]]; then _makespan "$@"; else compdef _makespan makespan; fi
`;
