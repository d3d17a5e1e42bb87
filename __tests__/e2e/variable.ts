/** The environment variable that names the file with the world's line of JSON. Set it yourself to use a world that runs already. */
export const WORLD_VARIABLE = 'IMGGUARD_WORLD'
