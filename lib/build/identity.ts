import { guidOf } from './disk.ts'
import { fullName, type BuildRequest } from './request.ts'

/** Every id that tools would draw by lot: derived from the image's name and its epoch instead. */
export interface ImageIdentity {
  rootGuid: string
  ext4: { uuid: string; hashSeed: string; label: string }
  disk: { diskGuid: string; espGuid: string; rootGuid: string; fatId: string }
}

/** The ids of an image; other images and other epochs get other ones. */
export function imageIdentity(
  request: Pick<BuildRequest, 'image' | 'distro' | 'machine'>,
  epoch: number
): ImageIdentity {
  const of = (what: string) => guidOf(`${fullName(request)}\0${epoch}\0${what}`)
  const rootGuid = of('root partition')
  return {
    rootGuid,
    ext4: { uuid: of('root file system'), hashSeed: of('directory hash'), label: 'rootfs' },
    disk: { diskGuid: of('disk'), espGuid: of('esp'), rootGuid, fatId: of('fat').slice(0, 8) }
  }
}
