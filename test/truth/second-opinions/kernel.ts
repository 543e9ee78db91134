/**
 * Why kernel-hardening-checker wants more than our controls set on Debian 12, by the name it prints. The same reason
 * stands once: several names, one sentence.
 */
export const kernelDifferences: readonly { names: readonly string[]; reason: string }[] = [
  {
    names: [
      ...['spectre_v2', 'spectre_v2_user', 'spectre_bhi', 'spec_store_bypass_disable', 'l1tf', 'mds'],
      ...['tsx_async_abort', 'srbds', 'mmio_stale_data', 'retbleed', 'spec_rstack_overflow', 'tsa', 'pti'],
      ...['gather_data_sampling', 'reg_file_data_sampling', 'indirect_target_selection', 'vmscape']
    ],
    reason:
      'Not named, the kernel chooses `auto`: it mitigates where the processor needs it. `code-execution/cmdline` fails where one is switched off.'
  },
  {
    names: ['mitigations', 'nosmt'],
    reason:
      '`auto,nosmt` takes half of the processor threads away, which a controller with deadlines may need; who shares the processor with code of strangers sets it.'
  },
  {
    names: [
      'page_alloc.shuffle',
      'slab_nomerge',
      'hardened_usercopy',
      'hash_pointers',
      'kfence.sample_interval'
    ],
    reason:
      'Hardening against faults of the kernel itself; no line of IEC 62443-4-2 asks for it, and it costs memory and time. init_on_alloc and init_on_free, which CR 4.2 RE(1) asks for, are set.'
  },
  {
    names: ['lockdown', 'module.sig_enforce', 'kernel.modules_disabled', 'cfi'],
    reason:
      "They need the boot chain of the product: modules of its own would no longer load, and under secure boot Debian's kernel locks itself down (`integrity`). `confidentiality` switches off what debugging a fault in the field needs."
  },
  {
    names: ['efi', 'intel_iommu', 'iommu', 'iommu.strict'],
    reason:
      'Protection from devices on the bus depends on board and firmware; some boards do not start with it.'
  },
  {
    names: ['ia32_emulation', 'debugfs', 'kernel.io_uring_disabled', 'user.max_user_namespaces'],
    reason:
      'Smaller attack surface for programs that already run. What a product needs (32-bit programs, containers, bubblewrap, databases on io_uring) its maker knows; debugfs is readable by root only.'
  },
  {
    names: ['proc_mem.force_override', 'dev.tty.legacy_tiocsti'],
    reason: "Debian 12's kernel (6.1) does not know them; they came with 6.12 and 6.2."
  },
  {
    names: ['kernel.oops_limit', 'kernel.warn_limit'],
    reason:
      "A limit makes a device in the field stop after a number of faults that did no harm; the kernel's own limit (10,000 oopses) stays."
  },
  {
    names: ['net.ipv6.conf.all.accept_ra', 'net.ipv6.conf.default.accept_ra'],
    reason:
      "How a device gets its IPv6 address is the product's choice; router advertisements pass the firewall only from the local link."
  },
  {
    names: ['kernel.yama.ptrace_scope'],
    reason:
      '2 leaves tracing to root alone; 3 takes it from root too, until the next start, and with it the search for a fault in the field.'
  },
  {
    names: ['vm.mmap_rnd_bits', 'vm.mmap_rnd_compat_bits'],
    reason:
      'The largest value differs by architecture and kernel; a wrong one makes systemd-sysctl fail at start.'
  }
]
