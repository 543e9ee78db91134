import type { Rule } from './rule.ts'

const where = ['engine'] as const
const common = { kind: 'environment', where, rank: 5 } as const

/** kas-container does not find what it needs, or refuses. */
export const engineRules: readonly Rule[] = [
  {
    ...common,
    code: 'ENGINE_MISSING',
    patterns: [
      /^kas-(?:container|docker): Error: no container engine found/,
      /^(?:\S*kas-(?:container|docker)|sh|bash): (?:line )?\d+: (?<name>docker|podman): not found/,
      /^sudo: (?<name>docker|podman): command not found/
    ],
    explain: ({ groups }) => ({
      message:
        groups['name'] === undefined
          ? 'no container engine (docker or podman) was found'
          : `${groups['name']} is not installed`,
      hint: 'install podman (with runc and catatonit) or docker, or use --engine kas where kas and isar run on this machine'
    })
  },
  {
    ...common,
    code: 'ENGINE_UNKNOWN',
    patterns: [/^kas-(?:container|docker): Error: unknown container engine '(?<name>[^']*)'/],
    explain: ({ groups }) => ({
      message: `kas-container does not know the container engine ${groups['name'] ?? ''}`,
      hint: 'KAS_CONTAINER_ENGINE (or KAS_DOCKER_ENGINE) takes docker or podman'
    })
  },
  {
    ...common,
    code: 'DOCKER_NO_DAEMON',
    patterns: [
      /Cannot connect to the Docker daemon at (?<socket>\S+?)\. Is the docker daemon running/,
      /(?:permission denied while trying to connect to the [Dd]ocker (?:API|daemon)|dial unix (?<socket>\/\S+docker\.sock): connect)/
    ],
    explain: () => ({
      message: 'the docker client is installed, but no docker daemon answers it',
      hint:
        'start docker, or join the group docker; where podman works, set KAS_CONTAINER_ENGINE=podman: kas-container ' +
        'prefers docker as soon as its client is there'
    })
  },
  {
    ...common,
    code: 'IMAGE_SHORT_NAME',
    patterns: [/short-name "(?<name>[^"]+)" did not resolve to an alias/],
    explain: ({ groups }) => ({
      message: `podman does not know from which registry to take the image ${groups['name'] ?? ''}`,
      hint: 'write KAS_CONTAINER_IMAGE with its registry: localhost/… for an image made here'
    })
  },
  {
    ...common,
    code: 'IMAGE_NOT_PULLED',
    rank: 6,
    patterns: [
      /^Error: (?:initializing source docker:\/\/|[Uu]nable to (?:find|copy from source) (?:docker:\/\/)?)(?<name>[^\s:]+(?::[\w.-]+)?): (?<why>.*)$/,
      /^(?:docker: )?Error response from daemon: (?<why>(?:pull access denied|manifest (?:unknown|for)|Get "https?:|No such image|toomanyrequests|unauthorized).*)$/,
      /^Error: (?<name>\S+): image not known/
    ],
    explain: ({ groups }) => ({
      message: `the image ${groups['name'] ?? 'of kas'} is not here and can't be pulled: ${(groups['why'] ?? '').split(': ').at(-1) ?? ''}`,
      hint:
        'pull it where there is network (podman save, podman load), name another with KAS_CONTAINER_IMAGE, or check ' +
        "the login to the registry; with sudo podman the image must be in root's store"
    })
  },
  {
    ...common,
    code: 'CONTAINER_NETWORK',
    patterns: [/^Error: (?:netavark|aardvark-dns|plugin type="\w+" failed|(?:error configuring network|cni)\b).*/i, /^Error:.*(?:netavark|CNI network|cni plugin).*/],
    explain: () => ({
      message: "podman can't set up the network of the container",
      hint: 'install netavark (or containernetworking-plugins), or set netns="host" in containers.conf (CONTAINERS_CONF names it)'
    })
  },
  {
    ...common,
    code: 'SUDO_PASSWORD',
    patterns: [/^sudo: (?:a password is required|a terminal is required to read the password|no tty present)/, /^\S+ is not in the sudoers file/],
    explain: () => ({
      message: 'kas-container calls sudo podman for isar, and sudo asks for a password',
      hint:
        'allow podman without a password in sudoers (NOPASSWD), use docker, or run as root with KAS_ALLOW_ROOT=yes'
    })
  },
  {
    ...common,
    code: 'SUDO_MISSING',
    patterns: [/^kas-(?:container|docker): Error: No privileged executor found/],
    explain: () => ({
      message: 'kas-container needs sudo (or run0) to start podman for isar',
      hint: 'install sudo, use docker, or run as root with KAS_ALLOW_ROOT=yes'
    })
  },
  {
    ...common,
    code: 'RUNNING_AS_ROOT',
    patterns: [/^kas-(?:container|docker): Error: Running as root/],
    explain: () => ({
      message: 'kas-container refuses to run as root',
      hint:
        'run it as an ordinary user; where there is only root (a CI container), set KAS_ALLOW_ROOT=yes and ' +
        'ROOTFS_APT_ARGS:append = " -o APT::Sandbox::User=root"'
    })
  },
  {
    ...common,
    code: 'IMAGE_NOT_KAS',
    patterns: [/failed to exec pid1: No such file or directory/, /unable to find user root: no matching entries in passwd file/, /executable file `?[^`]*`? not found in \$PATH/],
    explain: () => ({
      message: 'the container image is no kas image: it has no entry point that starts kas',
      hint: 'unset KAS_CONTAINER_IMAGE to get the kas-isar image of the kas project, or name one made from it'
    })
  },
  {
    ...common,
    code: 'MOUNT_MISSING',
    patterns: [/^Error: statfs (?<path>[^:]+): no such file or directory/, /^kas-(?:container|docker): Error: Variable (?<name>\S+) set, but "(?<path>[^"]*)" is not a directory/],
    explain: ({ groups }) => ({
      message: `the folder ${groups['path'] ?? ''} for the container does not exist`,
      hint: `create it, or correct ${groups['name'] ?? 'KAS_WORK_DIR, KAS_REPO_REF_DIR or --runtime-args'}`
    })
  },
  {
    ...common,
    code: 'BUILD_SYSTEM_NOT_ISAR',
    patterns: [/^Error: keep-id is only supported in rootless mode/],
    explain: () => ({
      message: 'kas-container does not know that this is an isar project',
      hint: 'write build_system: isar-privileged at the first column of the FIRST kas file, or pass --isar-privileged'
    })
  },
  {
    ...common,
    code: 'CONTAINER_START',
    rank: 7,
    patterns: [/^Error: (?<why>(?:runc|crun|OCI runtime).*)$/, /^docker: Error response from daemon: (?<why>.*)$/],
    explain: ({ groups }) => ({
      message: `the container can't be started: ${groups['why'] ?? ''}`,
      hint: 'kas-harden doctor tries the engine; limits of this machine (ulimit, cgroups) can be set in containers.conf'
    })
  }
]
